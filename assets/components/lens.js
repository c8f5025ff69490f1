/*
 * A picture, a lens on it, and its channels as planes: all three show the same pixel.
 *
 * data.height, data.width, data.channels: the size; data.pixels: its bytes, row by row, in base64
 * data.title: what the picture shows; data.row, data.column: the pixel to begin with
 */

const CLOSEST = 5; // pixels across at full zoom
const START = 9; // pixels across after the opening zoom
const TALLEST = 560; // of the whole picture, on the screen: a tall one is made narrower
const NUMBER_CELL = 34; // a cell at least this wide shows its numbers
const OPENING_MS = 800; // for each ten times closer
const KEY_ZOOM = 1.25; // as much further away, and a pixel more, for one press of -

export default mount(".lens", (root) => new Lens(root));

class Lens extends Component {
  constructor(root) {
    super(root);
    this.picture = this.find("picture");
    this.closeup = this.find("closeup");
    this.zoom = this.find("zoom");
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
    this.watchSize(() => this.draw());
  }

  show(data) {
    this.data = data;
    if (data.pixels === this.pixels) return this.draw();
    Object.assign(this, data);
    this.bytes = readBytes(data.pixels);
    this.image = this.render([0, 1, 2]);
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
    const lasts = OPENING_MS * (1 + Math.log10(Math.max(this.longer() / START, 1)));
    const begin = performance.now();
    const step = (now) => {
      const passed = Math.min((now - begin) / lasts, 1);
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

  destroy() {
    super.destroy();
    this.stop();
  }

  longer() {
    return Math.max(this.width, this.height);
  }

  /** Zoom 0 shows the whole picture, 1 shows CLOSEST pixels across; each step scales alike. */
  across() {
    const whole = this.longer();
    const across = whole * (CLOSEST / whole) ** Number(this.zoom.value);
    if (this.frame || across > whole - 1) return across;
    return 2 * Math.round((across - 1) / 2) + 1; // odd, so that no pixel is cut at the edges
  }

  zoomFor(across) {
    const whole = this.longer();
    return whole > CLOSEST ? Math.max(Math.log(across / whole) / Math.log(CLOSEST / whole), 0) : 0;
  }

  /** The square part of the picture under the lens, in pixels, kept inside the picture. A side that
      is longer than the picture's has it in the middle. */
  view() {
    const side = this.across();
    const inside = (middle, all) =>
      side >= all ? (all - side) / 2 : Math.min(Math.max(middle - side / 2, 0), all - side);
    return {
      left: inside(this.centre.column + 0.5, this.width),
      top: inside(this.centre.row + 0.5, this.height),
      across: side,
      down: side,
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
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const isZoom = ["+", "=", "-"].includes(event.key);
    if (!isZoom && !(event.key in ARROWS)) return;
    event.preventDefault();
    this.stop();
    if (isZoom) {
      const across = this.across();
      const wanted = event.key === "-" ? across * KEY_ZOOM + 1 : (across - 1) / KEY_ZOOM;
      this.zoom.value = this.zoomFor(wanted);
      this.draw();
      this.find("spoken").textContent = `${this.find("seen").textContent} under the lens`;
      return;
    }
    const [down, right] = ARROWS[event.key];
    this.select(this.row + down, this.column + right, true);
    this.find("spoken").textContent = this.sentence();
  }

  select(row, column, carry) {
    this.row = Math.min(Math.max(row, 0), this.height - 1);
    this.column = Math.min(Math.max(column, 0), this.width - 1);
    if (carry) this.centre = { row: this.row, column: this.column };
    this.drawSoon();
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

  /** The picture with the light of some of its channels, one dot a pixel. */
  render(lit) {
    const { bytes, channels } = this;
    return paint(this.width, this.height, (at, dots, place) => {
      for (const channel of lit) {
        dots[place + channel] = bytes[at * channels + (channels === 1 ? 0 : channel)];
      }
    });
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
    canvas.className = "picture";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `The ${name.toLowerCase()} of ${this.title}, as one plane.`);
    figure.append(caption, canvas);
    const image = this.render([channel]);
    const whole = { left: 0, top: 0, across: this.width, down: this.height };
    follow(canvas, (event) => this.pointAt(event, canvas, whole, true));
    return { figure, caption, canvas, image, name, channel };
  }

  nameParts() {
    const keys = "Arrow keys move to another pixel, plus and minus zoom.";
    this.find("size").textContent = `${this.title}: ${this.width} × ${this.height} pixels`;
    this.picture.setAttribute("aria-label", `The whole picture, ${this.title}. ${keys}`);
    this.closeup.setAttribute("aria-label", `Its pixels close up, with their numbers. ${keys}`);
    const ratio = `${this.width} / ${this.height}`;
    for (const canvas of [this.picture, ...this.planes.map((plane) => plane.canvas)]) {
      canvas.style.aspectRatio = ratio;
    }
    this.picture.style.maxWidth = `calc(${this.width / this.height} * ${TALLEST}px)`;
  }

  draw() {
    const view = this.view();
    this.drawWhole(this.picture, this.image, view);
    for (const plane of this.planes) {
      this.drawWhole(plane.canvas, plane.image, view);
      plane.caption.textContent = `${plane.name}: ${this.values(this.row, this.column)[plane.channel]}`;
    }
    this.drawCloseup(view);
    const seen = [this.width, this.height].map((all) => Math.round(Math.min(view.across, all)));
    this.find("seen").textContent = `${seen.join(" × ")} pixels`;
    this.find("readout").textContent = this.sentence();
    const colour = this.colourAt(this.row * this.width + this.column);
    this.find("swatch").style.background = `rgb(${[...colour].join()})`;
  }

  drawWhole(canvas, image, view) {
    const context = fit(canvas, this.width / this.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const unit = canvas.width / this.width;
    const [left, top] = [Math.max(view.left, 0), Math.max(view.top, 0)];
    const across = Math.min(view.across, this.width);
    frame(context, left, top, across, Math.min(view.down, this.height), unit);
  }

  drawCloseup(view) {
    const canvas = this.closeup;
    const context = fit(canvas, 1);
    const unit = canvas.width / view.across;
    const { left, top } = view;
    context.clearRect(0, 0, canvas.width, canvas.height);
    const from = [Math.max(left, 0), Math.max(top, 0)];
    const size = [Math.min(view.across, this.width), Math.min(view.down, this.height)];
    const to = [(from[0] - left) * unit, (from[1] - top) * unit, size[0] * unit, size[1] * unit];
    context.drawImage(this.image, ...from, ...size, ...to);
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
        if (row < 0 || column < 0 || row >= this.height || column >= this.width) continue;
        context.fillStyle = inkOn(...this.colourAt(row * this.width + column));
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
