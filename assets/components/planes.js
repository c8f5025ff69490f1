/*
 * A picture, its red, green and blue planes, and the volume that they make, linked: one selected
 * pixel is marked in all of them.
 *
 * data.height, data.width: the size; data.pixels: red, green and blue bytes, row by row, in base64
 * data.title: what the picture shows; data.bits: how many bits a channel's numbers are kept with
 * data.row, data.column: the pixel that was chosen, to which the selection returns
 *
 * Pointer and arrow keys move the selection and tell nobody; a click or Enter chooses, and sends
 * the trigger `pixel`, {row, column}.
 */

const NUMBER_CELL = 22; // pixels on the screen: a cell of a plane this wide shows its number
const COLOUR_CELL = 34; // the same for the three numbers of a cell of the picture
const SPEAK_AFTER = 200; // milliseconds of rest, so that a sweep is not read out pixel by pixel
const HINT = "Arrow keys move to another pixel, Enter chooses it.";
const MOUNTED = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let planes = MOUNTED.get(parentElement);
  if (!planes) {
    planes = new Planes(parentElement.querySelector(".planes"));
    MOUNTED.set(parentElement, planes);
  }
  planes.send = (pixel) => setTriggerValue("pixel", pixel);
  planes.show(data);
  // A call that a newer one overtook is cleaned up too; only the newest may take all down.
  const turn = (planes.turn = (planes.turn ?? 0) + 1);
  return () => {
    if (planes.turn !== turn) return;
    planes.destroy();
    MOUNTED.delete(parentElement);
  };
}

class Planes {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`[data-part="${name}"]`);
    this.views = [{ canvas: this.find("picture"), lit: [0, 1, 2] }];
    for (const channel of [0, 1, 2]) {
      this.views.push({ canvas: this.find(`plane${channel}`), lit: [channel] });
    }
    this.views.forEach((view) => this.listen(view.canvas));
    this.volume = new Volume(this.find("volume"));
    this.resizing = new ResizeObserver(() => this.data && this.redraw());
    this.resizing.observe(root);
    document.fonts.ready.then(() => this.data && this.redraw());
  }

  destroy() {
    this.resizing.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.speaking);
    this.data = null;
  }

  listen(canvas) {
    follow(canvas, (event) => this.select(this.pixelUnder(event, canvas)));
    canvas.onpointerleave = () => this.select(this.data);
    canvas.onblur = () => this.select(this.data);
    canvas.onclick = (event) => this.choose(this.pixelUnder(event, canvas));
    canvas.onkeydown = (event) => this.press(event);
  }

  show(data) {
    const isSame = this.data?.pixels === data.pixels && this.data?.width === data.width;
    this.data = data;
    if (!isSame) {
      this.bytes = readBytes(data.pixels);
      this.views.forEach((view) => (view.image = this.render(view.lit)));
    }
    this.selection = { row: data.row, column: data.column };
    this.name();
    this.redraw();
  }

  render(lit) {
    return paint(this.data.width, this.data.height, (at, dots, place) => {
      for (const channel of lit) dots[place + channel] = this.bytes[3 * at + channel];
    });
  }

  name() {
    const { title, width, height } = this.data;
    const size = `${height} × ${width}`;
    this.find("size").textContent = `${title}: ${size} pixels`;
    this.find("counted").textContent =
      `${size} × 3 = ${(height * width * 3).toLocaleString("en")} numbers`;
    this.views[0].canvas.setAttribute("aria-label", `${title}, in colour. ${HINT}`);
    NAMES.forEach((name, channel) => {
      const label = `The ${name.toLowerCase()} plane of the picture. ${HINT}`;
      this.views[channel + 1].canvas.setAttribute("aria-label", label);
    });
    this.find("volume").setAttribute("aria-label",
      `The volume: three planes of ${height} rows and ${width} columns, one behind the other, ` +
      "red in front, then green, then blue. A line runs through the selected pixel of each.");
  }

  // ---- what is selected ---------------------------------------------------------------------

  pixelUnder(event, canvas) {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    return {
      row: Math.floor((y / box.height) * this.data.height),
      column: Math.floor((x / box.width) * this.data.width),
    };
  }

  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key in ARROWS) {
      const [down, right] = ARROWS[event.key];
      this.select({ row: this.selection.row + down, column: this.selection.column + right });
    } else if (event.key === "Enter" || event.key === " ") {
      this.choose(this.selection);
    } else return;
    event.preventDefault();
  }

  /** Move the marks; everything is drawn in the next frame, however many events come before it. */
  select({ row, column }) {
    if (!this.data) return;
    const inside = (place, all) => Math.min(Math.max(place, 0), all - 1);
    this.selection = {
      row: inside(row, this.data.height),
      column: inside(column, this.data.width),
    };
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  choose(pixel) {
    this.select(pixel);
    this.send(this.selection);
  }

  values({ row, column }) {
    const at = 3 * (row * this.data.width + column);
    return [...this.bytes.subarray(at, at + 3)];
  }

  // ---- drawing ------------------------------------------------------------------------------

  redraw() {
    this.theme = getComputedStyle(this.root);
    const shown = this.views.slice(1).map((view) => view.image);
    this.volume.prepare(shown, this.data, this.theme);
    this.draw();
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.views.forEach((view) => this.drawView(view));
    this.volume.draw(this.selection, this.values(this.selection));
    this.write();
  }

  drawView({ canvas, image, lit }) {
    const { width, height } = this.data;
    const context = fit(canvas, width / height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const unit = canvas.width / width;
    const smallest = (lit.length > 1 ? COLOUR_CELL : NUMBER_CELL) * (window.devicePixelRatio || 1);
    if (unit >= smallest) this.writeNumbers(context, lit, unit);
    const { row, column } = this.selection;
    if (row !== this.data.row || column !== this.data.column) {
      frameThin(context, this.data.column, this.data.row, unit);
    }
    frame(context, column, row, 1, 1, unit);
  }

  writeNumbers(context, lit, unit) {
    const { width, height } = this.data;
    const size = Math.min(unit / (lit.length + 0.6), unit / 2.4);
    context.font = `600 ${size}px ${this.theme.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const values = this.values({ row, column });
        context.fillStyle = inkOn(...values.map((value, c) => (lit.includes(c) ? value : 0)));
        lit.forEach((channel, line) => {
          const y = (row + 0.5) * unit + (line - (lit.length - 1) / 2) * size * 1.1;
          context.fillText(values[channel], (column + 0.5) * unit, y);
        });
      }
    }
  }

  write() {
    const values = this.values(this.selection);
    const { row, column } = this.selection;
    const parts = NAMES.map((name, channel) => `${name.toLowerCase()} ${values[channel]}`);
    const sentence = `Row ${row + 1}, column ${column + 1}: ${parts.join(", ")}`;
    this.find("readout").textContent = sentence;
    this.find("swatch").style.background = `rgb(${values.join()})`;
    values.forEach((value, channel) => {
      this.find(`name${channel}`).textContent = `${NAMES[channel]}: ${value}`;
      this.find(`bits${channel}`).textContent = this.levelText(value);
    });
    clearTimeout(this.speaking);
    if (sentence === this.said) return;
    this.speaking = setTimeout(() => {
      this.find("spoken").textContent = this.said = sentence;
    }, this.said ? SPEAK_AFTER : 0);
  }

  /** Which of the levels a number is, as it is stored. */
  levelText(value) {
    const { bits } = this.data;
    const level = Math.round((value / 255) * (2 ** bits - 1));
    return `${level.toString(2).padStart(bits, "0")} in binary`;
  }
}

/** A quiet frame: the chosen pixel, while another is looked at. */
function frameThin(context, column, row, unit) {
  const ratio = window.devicePixelRatio || 1;
  const box = [column * unit, row * unit, unit, unit];
  context.lineWidth = 2 * ratio;
  context.strokeStyle = "#fff";
  context.strokeRect(...box);
  context.setLineDash([3 * ratio, 3 * ratio]);
  context.strokeStyle = "#000";
  context.strokeRect(...box);
  context.setLineDash([]);
}

// ---- the volume -------------------------------------------------------------------------------

const TURN = (46 * Math.PI) / 180; // to the side, so that the planes behind can be seen
const GAP = 0.62; // between two planes, of their width
const DISTANCE = 3.6; // of the eye, in widths of a plane
const ABOVE = 0.45; // how far the eye is above the middle

/** The three planes one behind the other, in perspective, with a rod through a pixel of each. */
class Volume {
  constructor(canvas) {
    this.canvas = canvas;
  }

  /** Draw what does not change with the selection. */
  prepare(images, { width, height }, theme) {
    Object.assign(this, { width, height, theme });
    this.ratio = window.devicePixelRatio || 1;
    const context = fit(this.canvas, 1);
    this.place();
    this.still = document.createElement("canvas");
    this.still.width = this.canvas.width;
    this.still.height = this.canvas.height;
    const still = this.still.getContext("2d");
    still.imageSmoothingEnabled = false;
    this.drawEdges(still);
    for (const channel of [2, 1, 0]) this.drawFace(still, images[channel], channel);
    this.drawLabels(still);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Choose scale and shift so that all corners and their labels fit. */
  place() {
    Object.assign(this, { scale: 1, left: 0, top: 0 });
    const corners = [0, 1, 2].flatMap((channel) =>
      [[0, 0], [0, 1], [1, 0], [1, 1]].map(([x, y]) => this.project(x, y, channel)));
    const [xs, ys] = ["x", "y"].map((axis) => corners.map((corner) => corner[axis]));
    const side = this.canvas.width;
    const margin = { left: 48 * this.ratio, right: 14 * this.ratio, ends: 40 * this.ratio };
    const across = Math.max(...xs) - Math.min(...xs);
    const down = Math.max(...ys) - Math.min(...ys);
    const room = [side - margin.left - margin.right, side - 2 * margin.ends];
    this.scale = Math.min(room[0] / across, room[1] / down);
    this.left = margin.left + (room[0] - this.scale * across) / 2 - this.scale * Math.min(...xs);
    this.top = margin.ends + (room[1] - this.scale * down) / 2 - this.scale * Math.min(...ys);
  }

  /** Where a point of a plane is on the canvas: x and y from 0 to 1, from its top left corner. */
  project(x, y, channel) {
    const [right, back] = [x - 0.5, (channel - 1) * GAP];
    const depth = DISTANCE + back * Math.cos(TURN) - right * Math.sin(TURN);
    const side = right * Math.cos(TURN) + back * Math.sin(TURN);
    const below = (y - 0.5) * (this.height / this.width) + ABOVE;
    return {
      x: this.left + (this.scale * side) / depth,
      y: this.top + (this.scale * below) / depth,
      depth,
    };
  }

  /** A plane, by upright strips one dot wide: within one, perspective only scales. */
  drawFace(context, image, channel) {
    const [topLeft, topRight] = [this.project(0, 0, channel), this.project(1, 0, channel)];
    const [bottomLeft, bottomRight] = [this.project(0, 1, channel), this.project(1, 1, channel)];
    const across = topRight.x - topLeft.x;
    for (let x = Math.ceil(topLeft.x); x < topRight.x; x++) {
      const share = (x - topLeft.x) / across;
      const [near, far] = [(1 - share) / topLeft.depth, share / topRight.depth];
      const column = Math.min(Math.floor((far / (near + far)) * image.width), image.width - 1);
      const top = topLeft.y + share * (topRight.y - topLeft.y);
      const bottom = bottomLeft.y + share * (bottomRight.y - bottomLeft.y);
      context.drawImage(image, column, 0, 1, image.height, x, top, 1, bottom - top);
    }
    this.line(context, [topLeft, topRight, bottomRight, bottomLeft, topLeft], this.ink(0.8), 1);
  }

  /** The edges that join the planes' corners. */
  drawEdges(context) {
    for (const [x, y] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
      const ends = [this.project(x, y, 0), this.project(x, y, 2)];
      this.line(context, ends, this.ink(0.45), 1, [4, 4]);
    }
  }

  drawLabels(context) {
    context.fillStyle = this.theme.color;
    context.font = `${13 * this.ratio}px ${this.theme.fontFamily}`;
    context.textBaseline = "middle";
    const write = (text, from, to, align, [right, down]) => {
      context.textAlign = align;
      const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
      context.fillText(text, x + right * this.ratio, y + down * this.ratio);
    };
    const [topLeft, bottomLeft] = [this.project(0, 0, 0), this.project(0, 1, 0)];
    write(this.height, topLeft, bottomLeft, "right", [-8, -8]);
    write("rows", topLeft, bottomLeft, "right", [-8, 8]);
    write(`${this.width} columns`, bottomLeft, this.project(1, 1, 0), "center", [-14, 20]);
    write("3 channels", this.project(1, 1, 0), this.project(1, 1, 2), "left", [4, 16]);
    NAMES.forEach((name, channel) => {
      const corner = this.project(1, 0, channel); // the one that no other plane hides
      write(name[0], corner, corner, "right", [0, -10]);
    });
  }

  /** The selected pixel in each plane, and a rod through all three. */
  draw({ row, column }) {
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.still, 0, 0);
    const at = (x, y, channel) => this.project(x / this.width, y / this.height, channel);
    const centre = [0, 1, 2].map((channel) => at(column + 0.5, row + 0.5, channel));
    this.mark(context, [centre[0], centre[2]]);
    for (const channel of [2, 1, 0]) {
      const corners = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]];
      this.mark(context, corners.map(([x, y]) => at(column + x, row + y, channel)));
    }
  }

  mark(context, points) {
    this.line(context, points, "rgba(0, 0, 0, 0.55)", 4);
    this.line(context, points, BRIGHT, 2);
  }

  ink(opacity) {
    return `color-mix(in srgb, ${this.theme.color} ${100 * opacity}%, transparent)`;
  }

  line(context, points, style, width, dash = []) {
    context.beginPath();
    points.forEach(({ x, y }) => context.lineTo(x, y));
    context.lineWidth = width * this.ratio;
    context.strokeStyle = style;
    context.setLineDash(dash.map((length) => length * this.ratio));
    context.stroke();
    context.setLineDash([]);
  }
}
