/*
 * Maps of numbers laid over one picture, side by side: pointing at a pixel in one reads it in all.
 * The picture is drawn in grey, so that every colour is a map's. Nothing goes to the server.
 *
 * data.title: what the maps are, for a screen reader
 * data.width, data.height: pixels; data.side: screen pixels a panel may take
 * data.image: the picture's luminance, one byte a pixel, in base64
 * data.panels: {title, caption, values, limit, signed}: `values` little-endian float32 in base64,
 *   NaN where a map says nothing; `limit` is the magnitude with the last colour
 * data.palettes: {signed, magnitude}: three bytes a colour, in base64
 * data.opacity: per cent to begin with
 */

const MINUS = "\u2212";
const GAP = 24; // between panels
const LEAST = 0.55; // of the side: smaller only where there is no room

export default mount(".overlay", (root) => new Overlay(root));

class Overlay extends Component {
  constructor(root) {
    super(root);
    this.cell = null;
    this.slider = this.find("opacity");
    this.slider.oninput = () => this.draw();
    this.watchSize(() => this.arrange());
  }

  show(data) {
    if (!this.data) this.slider.value = data.opacity;
    this.data = data;
    this.palettes = { true: readBytes(data.palettes.signed), false: readBytes(data.palettes.magnitude) };
    const { width, height } = data;
    const grey = readBytes(data.image);
    this.picture = paint(width, height, (at, dots, place) => dots.fill(grey[at], place, place + 3));
    this.values = data.panels.map(({ values }) => readFloats(values));
    this.heats = data.panels.map((panel, n) => this.paintHeat(panel, this.values[n]));
    if (this.cell && (this.cell.row >= height || this.cell.column >= width)) this.cell = null;
    this.makePanels();
    this.arrange();
  }

  /** The map in its colours; clear where it says nothing. */
  paintHeat({ signed, limit }, values) {
    const { width, height } = this.data;
    const heat = paint(width, height, (at, dots, place) =>
      dots.set(this.colour(signed, values[at] / limit), place));
    const context = heat.getContext("2d");
    values.forEach((value, at) => {
      if (!Number.isFinite(value)) context.clearRect(at % width, Math.floor(at / width), 1, 1);
    });
    return heat;
  }

  colour(signed, share) {
    const colours = this.palettes[signed];
    const last = colours.length / 3 - 1;
    const along = signed ? (Math.min(Math.max(share, -1), 1) + 1) / 2 : Math.min(Math.max(share, 0), 1);
    const level = Math.round((Number.isFinite(along) ? along : 0) * last);
    return colours.subarray(3 * level, 3 * level + 3);
  }

  /** Elements are only made anew when there are others: the pointed pixel and the focus stay. */
  makePanels() {
    const { panels, title } = this.data;
    const structure = JSON.stringify(panels.map((panel) => panel.title));
    if (structure !== this.structure) {
      this.structure = structure;
      this.parts = panels.map((panel) => this.makePanel(panel.title));
      this.find("panels").replaceChildren(...this.parts.map(({ figure }) => figure));
      this.find("panels").setAttribute("role", "group");
    }
    this.find("panels").setAttribute("aria-label", title);
    panels.forEach(({ caption, limit, signed }, n) => {
      const { low, high, ramp, words } = this.parts[n];
      low.textContent = signed ? format(-limit) : "0";
      high.textContent = format(limit);
      const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => this.colour(signed, signed ? 2 * share - 1 : share));
      ramp.style.background = `linear-gradient(to right, ${stops.map((c) => `rgb(${c})`)})`;
      words.textContent = caption;
    });
  }

  makePanel(title) {
    const figure = make("figure");
    const name = make("span", "title");
    name.textContent = title;
    const canvas = make("canvas");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", `${title}: arrow keys read pixel by pixel`);
    follow(canvas, (event) => this.point(event));
    canvas.onpointerleave = () => this.aim(null);
    canvas.onblur = () => this.aim(null);
    canvas.onkeydown = (event) => this.press(event);
    const value = make("span", "value");
    const legend = make("span", "legend");
    const [low, ramp, high] = [make("span"), make("span", "ramp"), make("span")];
    legend.append(low, ramp, high);
    const words = make("span", "caption");
    figure.append(name, canvas, value, legend, words);
    return { figure, canvas, value, low, ramp, high, words };
  }

  arrange() {
    const { width, height, side, panels } = this.data;
    const room = this.find("panels").clientWidth;
    if (room <= 0) return;
    const larger = Math.max(width, height);
    const columns = Math.max(1, Math.min(panels.length, Math.floor((room + GAP) / (side * LEAST + GAP))));
    const each = Math.min(side, (room - (columns - 1) * GAP) / columns - 2);
    this.scale = Math.max(1, Math.floor(each / larger));
    this.parts.forEach(({ canvas, figure }) => {
      sizeTo(canvas, width * this.scale, height * this.scale);
      figure.style.width = `${width * this.scale}px`;
    });
    this.draw();
  }

  draw() {
    const { width, height } = this.data;
    const share = Number(this.slider.value);
    this.find("share").textContent = `${share} %`;
    this.slider.setAttribute("aria-valuetext", `${share} per cent`);
    const size = [0, 0, width * this.scale, height * this.scale];
    this.parts.forEach(({ canvas, value }, n) => {
      const context = cleared(canvas);
      context.drawImage(this.picture, ...size);
      context.globalAlpha = share / 100;
      context.drawImage(this.heats[n], ...size);
      context.globalAlpha = 1;
      if (this.cell) {
        const { row, column } = this.cell;
        outline(context, column * this.scale, row * this.scale, this.scale, this.scale);
      }
      value.textContent = this.cell ? this.read(n) : "\u00a0";
    });
    const place = this.cell && `Row ${this.cell.row + 1}, column ${this.cell.column + 1}`;
    this.find("readout").textContent =
      place ?? "Point at a pixel, or use the arrow keys, to read it in every map.";
    const words = place && `${place}: ${this.data.panels.map((p, n) => `${p.title} ${this.read(n)}`).join(", ")}`;
    this.say(words ?? "");
  }

  read(n) {
    const value = this.values[n][this.cell.row * this.data.width + this.cell.column];
    return Number.isFinite(value) ? format(value) : "not covered";
  }

  // ---- moving ---------------------------------------------------------------------------------

  point(event) {
    const { width, height } = this.data;
    const row = Math.floor(event.offsetY / this.scale);
    const column = Math.floor(event.offsetX / this.scale);
    const inside = row >= 0 && column >= 0 && row < height && column < width;
    this.aim(inside ? { row, column } : null);
  }

  aim(cell) {
    this.cell = cell;
    this.drawSoon();
  }

  press(event) {
    const cell = firstOrNext(event, this.cell, this.data);
    if (!cell) return;
    this.aim(cell);
    event.preventDefault();
  }
}

function make(tag, className = "") {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}

function format(value) {
  const size = Math.abs(value);
  const text = size === 0 ? "0" : size >= 100 ? size.toFixed(0) : size >= 0.001 ? size.toPrecision(3) : size.toExponential(1);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}
