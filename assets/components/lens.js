/*
 * A picture, a lens on it, and its channels as planes: all three show the same pixel.
 *
 * data.height, data.width, data.channels: the size; data.pixels: its bytes, row by row, in base64
 * data.title: what the picture shows
 */

const CLOSEST = 5; // pixels across at full zoom
const START = 9; // pixels across after the opening zoom
const NUMBER_CELL = 34; // a cell at least this wide shows its numbers
const OPENING_MS = 1400;
const BRIGHT = "#2DD4BF"; // the accent of the dark theme: it shows on pictures in either
const NAMES = ["Red", "Green", "Blue"];
const LENSES = new WeakMap();

export default function ({ data, parentElement }) {
  let lens = LENSES.get(parentElement);
  if (!lens) {
    lens = new Lens(parentElement.querySelector(".lens"));
    LENSES.set(parentElement, lens);
  }
  lens.show(data);
  return () => {
    lens.stop();
    LENSES.delete(parentElement);
  };
}

class Lens {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`[data-part="${name}"]`);
    this.picture = this.find("picture");
    this.closeup = this.find("closeup");
    this.zoom = this.find("zoom");
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.listen();
  }

  listen() {
    const whole = () => ({ left: 0, top: 0, across: this.width, down: this.height });
    follow(this.picture, (event) => this.pointAt(event, this.picture, whole(), true));
    follow(this.closeup, (event) => this.pointAt(event, this.closeup, this.view(), false));
    for (const canvas of [this.picture, this.closeup]) {
      canvas.onkeydown = (event) => this.press(event);
    }
    this.zoom.oninput = () => {
      this.stop();
      this.draw();
    };
    this.resizing = new ResizeObserver(() => this.image && this.draw());
    this.resizing.observe(this.root);
  }

  show(data) {
    if (data.pixels === this.pixels) return this.draw();
    Object.assign(this, data);
    this.bytes = Uint8Array.from(atob(data.pixels), (letter) => letter.charCodeAt(0));
    this.image = this.render((at) => this.colourAt(at));
    this.row = Math.floor(this.height / 2);
    this.column = Math.floor(this.width / 2);
    this.centre = { row: this.row, column: this.column };
    this.makePlanes();
    this.nameParts();
    this.open();
  }

  /** Zoom in from the whole picture, so that the reader sees where the numbers come from. */
  open() {
    this.stop();
    this.zoom.value = this.zoomFor(START);
    if (this.still) return this.draw();
    const goal = Number(this.zoom.value);
    const begin = performance.now();
    const step = (now) => {
      const passed = Math.min((now - begin) / OPENING_MS, 1);
      this.zoom.value = goal * (passed < 0.5 ? 2 * passed ** 2 : 1 - 2 * (1 - passed) ** 2);
      this.draw();
      if (passed < 1) this.frame = requestAnimationFrame(step);
      else this.settle();
    };
    this.frame = requestAnimationFrame(step);
  }

  settle() {
    this.frame = 0;
    this.draw();
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  /** Zoom 0 shows the whole picture, 1 shows CLOSEST pixels across; each step scales alike. */
  across() {
    const across = this.width * (CLOSEST / this.width) ** Number(this.zoom.value);
    if (this.frame || across > this.width - 1) return across;
    return 2 * Math.round((across - 1) / 2) + 1; // odd, so that no pixel is cut at the edges
  }

  zoomFor(across) {
    return Math.log(across / this.width) / Math.log(CLOSEST / this.width);
  }

  /** The part of the picture under the lens, in pixels, kept inside the picture. */
  view() {
    const across = this.across();
    const down = Math.min(across, this.height);
    const inside = (middle, size, all) => Math.min(Math.max(middle - size / 2, 0), all - size);
    return {
      left: inside(this.centre.column + 0.5, across, this.width),
      top: inside(this.centre.row + 0.5, down, this.height),
      across,
      down,
    };
  }

  pointAt(event, canvas, view, carry) {
    this.stop();
    const box = canvas.getBoundingClientRect();
    const column = view.left + ((event.clientX - box.left) / box.width) * view.across;
    const row = view.top + ((event.clientY - box.top) / box.height) * view.down;
    this.select(Math.floor(row), Math.floor(column), carry);
  }

  press(event) {
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.stop();
    const [down, right] = steps[event.key];
    this.select(this.row + down, this.column + right, true);
    this.find("spoken").textContent = this.sentence();
  }

  select(row, column, carry) {
    this.row = Math.min(Math.max(row, 0), this.height - 1);
    this.column = Math.min(Math.max(column, 0), this.width - 1);
    if (carry) this.centre = { row: this.row, column: this.column };
    this.draw();
  }

  values(row, column) {
    const at = (row * this.width + column) * this.channels;
    return this.bytes.subarray(at, at + this.channels);
  }

  colourAt(at) {
    const first = at * this.channels;
    return this.channels === 1 ? Array(3).fill(this.bytes[first]) : this.bytes.subarray(first, first + 3);
  }

  sentence() {
    const values = [...this.values(this.row, this.column)];
    const parts = this.channels === 1
      ? `grey ${values[0]}`
      : values.map((value, channel) => `${NAMES[channel].toLowerCase()} ${value}`).join(", ");
    return `Row ${this.row + 1}, column ${this.column + 1}: ${parts}`;
  }

  /** A small canvas with one dot a pixel, coloured by `colour(pixel number)`. */
  render(colour) {
    const canvas = document.createElement("canvas");
    canvas.width = this.width;
    canvas.height = this.height;
    const context = canvas.getContext("2d");
    const dots = context.createImageData(this.width, this.height);
    for (let at = 0; at < this.width * this.height; at++) {
      dots.data.set([...colour(at), 255], 4 * at);
    }
    context.putImageData(dots, 0, 0);
    return canvas;
  }

  makePlanes() {
    const planes = this.find("planes");
    planes.hidden = this.channels === 1;
    this.planes = planes.hidden ? [] : NAMES.map((name, channel) => this.makePlane(name, channel));
    planes.replaceChildren(...this.planes.map((plane) => plane.figure));
  }

  makePlane(name, channel) {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const canvas = document.createElement("canvas");
    figure.className = "panel";
    caption.className = "name";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `The ${name.toLowerCase()} of ${this.title}, as one plane.`);
    figure.append(caption, canvas);
    const image = this.render((at) => {
      const dot = [0, 0, 0];
      dot[channel] = this.bytes[at * this.channels + channel];
      return dot;
    });
    const whole = { left: 0, top: 0, across: this.width, down: this.height };
    follow(canvas, (event) => this.pointAt(event, canvas, whole, true));
    return { figure, caption, canvas, image, name, channel };
  }

  nameParts() {
    const keys = "Arrow keys move to another pixel.";
    this.find("size").textContent = `${this.title}: ${this.width} × ${this.height} pixels`;
    this.picture.setAttribute("aria-label", `The whole picture, ${this.title}. ${keys}`);
    this.closeup.setAttribute("aria-label", `Its pixels close up, with their numbers. ${keys}`);
    const ratio = `${this.width} / ${this.height}`;
    for (const canvas of [this.picture, this.closeup, ...this.planes.map((plane) => plane.canvas)]) {
      canvas.style.aspectRatio = ratio;
    }
  }

  draw() {
    const view = this.view();
    this.drawWhole(this.picture, this.image, view);
    for (const plane of this.planes) {
      this.drawWhole(plane.canvas, plane.image, view);
      plane.caption.textContent = `${plane.name}: ${this.values(this.row, this.column)[plane.channel]}`;
    }
    this.drawCloseup(view);
    const [across, down] = [view.across, view.down].map((size) => Math.round(size));
    this.find("seen").textContent = `${across} × ${down} pixels`;
    this.find("readout").textContent = this.sentence();
    const colour = this.colourAt(this.row * this.width + this.column);
    this.find("swatch").style.background = `rgb(${[...colour].join()})`;
  }

  drawWhole(canvas, image, view) {
    const context = fit(canvas, this.width / this.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const unit = canvas.width / this.width;
    frame(context, view.left, view.top, view.across, view.down, unit);
  }

  drawCloseup(view) {
    const canvas = this.closeup;
    const context = fit(canvas, this.width / this.height);
    const unit = canvas.width / view.across;
    const { left, top, across, down } = view;
    context.drawImage(this.image, left, top, across, down, 0, 0, canvas.width, canvas.height);
    const ratio = window.devicePixelRatio || 1;
    if (unit >= NUMBER_CELL * ratio) this.writeNumbers(context, view, unit);
    frame(context, this.column - left, this.row - top, 1, 1, unit);
  }

  writeNumbers(context, view, unit) {
    const size = Math.min(unit / (this.channels + 0.6), unit / 2.6);
    const family = getComputedStyle(this.root).fontFamily;
    context.font = `600 ${size}px ${family}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let row = Math.floor(view.top); row < view.top + view.down; row++) {
      for (let column = Math.floor(view.left); column < view.left + view.across; column++) {
        if (row >= this.height || column >= this.width) continue;
        const [red, green, blue] = this.colourAt(row * this.width + column);
        context.fillStyle = 0.299 * red + 0.587 * green + 0.114 * blue > 127 ? "#000" : "#fff";
        const x = (column - view.left + 0.5) * unit;
        const middle = (row - view.top + 0.5) * unit;
        [...this.values(row, column)].forEach((value, channel) => {
          const y = middle + (channel - (this.channels - 1) / 2) * size * 1.1;
          context.fillText(value, x, y);
        });
      }
    }
  }
}

function follow(canvas, act) {
  canvas.onpointermove = act;
  canvas.onpointerdown = act;
}

/** Size a canvas to the screen's own dots, and have it enlarge without smoothing. */
function fit(canvas, aspect) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = Math.max(1, Math.round(width / aspect));
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  return context;
}

/** A frame that shows on any colour: a bright line on a dark one. */
function frame(context, left, top, across, down, unit) {
  const ratio = window.devicePixelRatio || 1;
  const box = [left * unit, top * unit, across * unit, down * unit];
  context.lineWidth = 4 * ratio;
  context.strokeStyle = "rgba(0, 0, 0, 0.55)";
  context.strokeRect(...box);
  context.lineWidth = 2 * ratio;
  context.strokeStyle = BRIGHT;
  context.strokeRect(...box);
}
