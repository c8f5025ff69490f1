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
const HINT = "Arrow keys move to another pixel, Enter chooses it.";

export default mount(".planes", (root) => new Planes(root));

class Planes extends Component {
  constructor(root) {
    super(root);
    this.views = [{ canvas: this.find("picture"), lit: [0, 1, 2] }];
    for (const channel of [0, 1, 2]) {
      this.views.push({ canvas: this.find(`plane${channel}`), lit: [channel] });
    }
    this.views.forEach((view) => this.listen(view.canvas));
    this.volume = new Volume(this.find("volume"));
    this.watchSize(() => this.redraw());
    document.fonts.ready.then(() => this.data && this.redraw());
  }

  listen(canvas) {
    follow(canvas, (event) => this.select(this.pixelUnder(event, canvas)));
    canvas.onpointerleave = () => this.select(this.data);
    canvas.onblur = () => this.select(this.data);
    canvas.onclick = (event) => this.choose(this.pixelUnder(event, canvas));
    canvas.onkeydown = (event) => this.press(event);
  }

  show(data, trigger) {
    const before = this.data;
    this.trigger = trigger;
    this.data = data;
    if (before?.pixels !== data.pixels) {
      this.bytes = readBytes(data.pixels);
      this.views.forEach((view) => (view.image = this.render(view.lit)));
    }
    // Whoever has gone on to another pixel while the answer was under way stays there.
    const isBusy = this.views.some(({ canvas }) => canvas.matches(":hover, :focus-visible"));
    if (!isBusy || before?.width !== data.width) {
      this.selection = { row: data.row, column: data.column };
    }
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
    this.drawSoon();
  }

  choose(pixel) {
    this.select(pixel);
    this.trigger("pixel", this.selection);
  }

  values({ row, column }) {
    const at = 3 * (row * this.data.width + column);
    return [...this.bytes.subarray(at, at + 3)];
  }

  // ---- drawing ------------------------------------------------------------------------------

  redraw() {
    this.theme = getComputedStyle(this.root);
    this.views.forEach((view) => this.prepareView(view));
    const shown = this.views.slice(1).map((view) => view.image);
    this.volume.prepare(shown, this.data, this.theme);
    this.draw();
  }

  draw() {
    this.views.forEach((view) => this.drawView(view));
    this.volume.draw(this.selection, this.values(this.selection));
    this.write();
  }

  /** Draw what does not change with the selection: pixels, and numbers if they are large enough. */
  prepareView(view) {
    const { width, height } = this.data;
    const { width: across, height: down } = fit(view.canvas, width / height).canvas;
    view.still = Object.assign(document.createElement("canvas"), { width: across, height: down });
    const context = view.still.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(view.image, 0, 0, across, down);
    const unit = across / width;
    const smallest = view.lit.length > 1 ? COLOUR_CELL : NUMBER_CELL;
    if (unit >= smallest * (window.devicePixelRatio || 1)) {
      this.writeNumbers(context, view.lit, unit);
    }
  }

  drawView({ canvas, still }) {
    const context = canvas.getContext("2d");
    const unit = canvas.width / this.data.width;
    context.drawImage(still, 0, 0);
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
    this.say(sentence);
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
