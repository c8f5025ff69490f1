/*
 * The maps of a layer as a stack to leaf through: one in front, the next ones behind it. Several
 * panels, such as before and after ReLU, lie open at the same map and the same cell.
 *
 * data.names: a name for each filter
 * data.panels: {title, height, width, values}, the values of all maps as little-endian float32,
 *   map after map, in base64; data.limit: the magnitude that gets the palette's last colour
 * data.kernels: {size, channels, values, limit} of the filters, filter after filter, channel after
 *   channel; or null
 * data.palette: three bytes a colour, from minus the limit to the limit, in base64
 * data.number: the filter to begin with, from 1
 *
 * Sends the trigger `filter`, the number of the map in front once the reader has leafed to it and
 * stays: nothing is sent while leafing or pointing.
 */

const MINUS = "\u2212";
const BEHIND = 7; // maps that show behind the one in front
const SHIFT = 5; // pixels from one to the next, up and to the right
const LARGEST = 300; // pixels of the map in front
const KERNEL_CELL = 36;
const SEND_AFTER = 900; // milliseconds of rest

const inSentence = (title) => title[0].toLowerCase() + title.slice(1); // "ReLU" stays as it is

export default mount(".stack", (root) => new Stack(root));

class Stack extends Component {
  constructor(root) {
    super(root);
    this.leaf = this.find("leaf");
    this.cell = null;
    this.leaf.oninput = () => this.turnTo(Number(this.leaf.value));
    this.find("back").onclick = () => this.turnTo(this.number - 1);
    this.find("forward").onclick = () => this.turnTo(this.number + 1);
    this.watchSize(() => this.arrange());
  }

  show(data, trigger) {
    this.trigger = trigger;
    const isNew = data.number !== this.data?.number || !this.number;
    this.data = data;
    this.count = data.names.length;
    this.leaf.max = this.count;
    this.colours = readBytes(data.palette);
    if (isNew) this.number = data.number;
    this.number = Math.min(this.number, this.count);
    this.makePanels();
    this.find("low").textContent = format(-data.limit);
    this.find("high").textContent = format(data.limit);
    const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => this.colour(2 * share - 1));
    this.find("ramp").style.background = `linear-gradient(to right, ${stops.map((c) => `rgb(${c})`)})`;
    this.arrange();
  }

  /** Elements are only made anew when there are others; focus and the pointed cell stay. */
  makePanels() {
    const { panels, kernels, names } = this.data;
    const structure = JSON.stringify([panels.map((p) => p.title), kernels?.channels]);
    if (structure !== this.structure) {
      this.structure = structure;
      this.canvases = panels.map(({ title }) => this.makeCanvas(title));
      const parts = this.canvases.map(({ figure }) => figure);
      this.slices = kernels ? kernels.channels.map((name) => makeFigure(name, "kernel")) : [];
      if (kernels) {
        const slices = this.slices.map(({ figure }) => figure);
        parts.push(Object.assign(document.createElement("div"), { className: "kernels" }));
        this.scale = Object.assign(document.createElement("p"), { className: "scale" });
        parts.at(-1).append(...slices, this.scale);
      }
      this.find("panels").replaceChildren(...parts);
    }
    this.maps = panels.map(({ height, width, values }) => {
      const floats = readFloats(values);
      const size = height * width;
      return names.map((_, at) => floats.subarray(at * size, (at + 1) * size));
    });
    this.pictures = this.maps.map((maps, p) => maps.map((map) =>
      paint(panels[p].width, panels[p].height, (at, dots, place) =>
        dots.set(this.colour(map[at] / this.data.limit), place))));
    this.weights = kernels && readFloats(kernels.values);
    if (!kernels) return;
    const end = format(kernels.limit);
    this.scale.textContent = `Weights in the same colours, from ${MINUS}${end} to ${end}`;
  }

  makeCanvas(title) {
    const made = makeFigure(title, "panel");
    const { canvas } = made;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    const keys = "Arrow keys move the cell, Page Up and Page Down leaf.";
    canvas.setAttribute("aria-label", `${title}. ${keys}`);
    const aim = (event) => this.point(event, made);
    follow(canvas, aim);
    canvas.onpointerleave = () => this.aim(null);
    canvas.onblur = () => this.aim(null);
    canvas.onkeydown = (event) => this.press(event);
    return made;
  }

  /** Whole screen pixels to a cell, so that every cell stays a sharp square. */
  arrange() {
    const { panels } = this.data;
    const room = this.find("panels").clientWidth;
    if (room <= 0) return;
    this.canvases.forEach((made, p) => {
      const { width, height } = panels[p];
      const most = Math.min(room - 8, LARGEST) - this.behind() * SHIFT;
      made.scale = Math.max(1, Math.floor(most / Math.max(width, height)));
      const extra = this.behind() * SHIFT;
      sizeTo(made.canvas, width * made.scale + extra, height * made.scale + extra);
    });
    this.draw();
  }

  behind() {
    return Math.min(BEHIND, this.count - 1);
  }

  draw() {
    const { names, panels } = this.data;
    const at = this.number - 1;
    this.leaf.value = this.number;
    this.leaf.setAttribute("aria-valuetext", `filter ${this.number}: ${names[at]}`);
    this.find("name").textContent = `Map ${this.number} of ${this.count}: ${names[at]}`;
    this.canvases.forEach((made, p) => this.drawStack(made, p));
    this.slices.forEach((slice, channel) => this.drawSlice(slice.canvas, channel));
    const place = this.cell && `Row ${this.cell.row + 1}, column ${this.cell.column + 1}`;
    const numbers = this.cell && panels.map(({ title }, p) => {
      const value = this.maps[p][at][this.cell.row * panels[p].width + this.cell.column];
      return panels.length > 1 ? `${inSentence(title)} ${format(value)}` : format(value);
    });
    const words = place ? `${place}: ${numbers.join(", ")}` : this.rangeOf(at);
    this.find("readout").textContent = words;
    this.say(place ? words : `Map ${this.number}: ${words}`);
  }

  rangeOf(at) {
    const parts = this.maps.map((maps, p) => {
      const range = `from ${format(Math.min(...maps[at]))} to ${format(Math.max(...maps[at]))}`;
      return this.maps.length > 1 ? `${inSentence(this.data.panels[p].title)} ${range}` : range;
    });
    const text = parts.join("; ");
    return `${text[0].toUpperCase()}${text.slice(1)}. Point at a cell to read it.`;
  }

  drawStack({ canvas, scale }, p) {
    const { width, height } = this.data.panels[p];
    const context = cleared(canvas);
    const [across, down] = [width * scale, height * scale];
    for (let depth = this.behind(); depth >= 0; depth--) {
      const picture = this.pictures[p][(this.number - 1 + depth) % this.count];
      const [x, y] = [depth * SHIFT, (this.behind() - depth) * SHIFT];
      context.drawImage(picture, x, y, across, down);
      context.fillStyle = "rgba(128, 128, 128, 0.45)";
      if (depth) context.fillRect(x, y, across, down);
      context.strokeStyle = "rgba(128, 128, 128, 0.9)";
      context.lineWidth = 1;
      context.strokeRect(x + 0.5, y + 0.5, across - 1, down - 1);
    }
    if (!this.cell) return;
    const { row, column } = this.cell;
    outline(context, column * scale, this.behind() * SHIFT + row * scale, scale, scale);
  }

  /** One channel of the filter, with its weights written in where there is room. */
  drawSlice(canvas, channel) {
    const { size: side, channels, limit } = this.data.kernels;
    const cell = side > 3 ? Math.floor((3 * KERNEL_CELL) / side) : KERNEL_CELL;
    sizeTo(canvas, side * cell, side * cell);
    const context = cleared(canvas);
    const first = ((this.number - 1) * channels.length + channel) * side * side;
    for (let at = 0; at < side * side; at++) {
      const weight = this.weights[first + at];
      const colour = this.colour(weight / limit);
      const [x, y] = [(at % side) * cell, Math.floor(at / side) * cell];
      context.fillStyle = `rgb(${colour})`;
      context.fillRect(x, y, cell, cell);
      if (cell < KERNEL_CELL) continue;
      context.fillStyle = inkOn(...colour);
      context.font = "11px sans-serif";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(format(weight), x + cell / 2, y + cell / 2 + 0.5);
    }
    context.strokeStyle = "rgba(128, 128, 128, 0.9)";
    context.strokeRect(0.5, 0.5, side * cell - 1, side * cell - 1);
  }

  colour(share) {
    const last = this.colours.length / 3 - 1;
    const level = Math.round(((Math.min(Math.max(share, -1), 1) + 1) / 2) * last);
    return this.colours.subarray(3 * level, 3 * level + 3);
  }

  // ---- moving ---------------------------------------------------------------------------------

  turnTo(number) {
    this.number = ((number - 1 + this.count) % this.count) + 1;
    this.draw();
    clearTimeout(this.sending);
    this.sending = setTimeout(() => {
      if (this.number !== this.data.number) this.trigger("filter", this.number);
    }, SEND_AFTER);
  }

  point(event, { scale }) {
    const { width, height } = this.data.panels[0];
    const column = Math.floor(event.offsetX / scale);
    const row = Math.floor((event.offsetY - this.behind() * SHIFT) / scale);
    const inside = row >= 0 && column >= 0 && row < height && column < width;
    this.aim(inside ? { row, column } : null);
  }

  aim(cell) {
    this.cell = cell;
    this.drawSoon();
  }

  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const leaves = { PageUp: -1, PageDown: 1 }[event.key];
    const cell = firstOrNext(event, this.cell, this.data.panels[0]);
    if (leaves) this.turnTo(this.number + leaves);
    else if (cell) this.aim(cell);
    else return;
    event.preventDefault();
  }

  destroy() {
    super.destroy();
    clearTimeout(this.sending);
  }
}

function makeFigure(title, className) {
  const figure = document.createElement("figure");
  figure.className = className;
  const caption = document.createElement("figcaption");
  caption.textContent = title;
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", title);
  figure.append(caption, canvas);
  return { figure, canvas, scale: 1 };
}

function format(value) {
  const text = Math.abs(value).toFixed(2);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}
