/*
 * The maps of one layer, side by side, in as many rows as there is room for: point at one to read
 * its numbers, choose one to see more of it.
 *
 * data.title: what the maps are, for a screen reader
 * data.noun: "Map" or "Unit"
 * data.width, data.height: cells of a map; data.scale: screen pixels to a cell
 * data.most: the largest scale, for maps that would leave room free otherwise
 * data.levels: for each map, row by row, which colour a cell has, one byte each, in base64
 * data.palette: three bytes a colour, in base64; of the legend only if `levels` are colours
 * data.coloured: whether `levels` has red, green and blue of each cell, three bytes
 * data.maps: {number, name, text, dead, limit, cells} in the order they are shown; `text` says its
 *   numbers, `limit` is what its last colour stands for, `cells` what is written in its cells
 * data.labels: whether names are written under the maps
 * data.signed: whether colours run from minus the limit, otherwise from 0
 * data.per_map: whether every map has a limit of its own
 * data.hint: what the readout says while no map is pointed at
 * data.chosen: the number of the chosen map, or null
 * data.clickable: whether a map can be chosen
 *
 * Sends the trigger `map`, the number of the map that was chosen.
 */

const MINUS = "−";
const GAP = { map: 6, unit: 3 }; // pixels between two
const FOOT = 460; // pixels: what is said below the maps may be wider than they are
const DARK = 140; // a colour's luminance, of 255, under which white can be read on it

export default mount(".maps", (root) => new Sheet(root));

class Sheet extends Component {
  constructor(root) {
    super(root);
    this.list = this.find("sheet");
    this.list.onpointerover = (event) => this.point(this.cellOf(event.target));
    this.list.onpointerleave = () => this.point(null);
    this.list.addEventListener("focusin", (event) => this.point(this.cellOf(event.target)));
    this.list.addEventListener("focusout", () => this.point(null));
    this.list.onclick = (event) => this.press(this.cellOf(event.target));
    this.list.onkeydown = (event) => this.move(event);
    this.watchSize((width) => this.layOut(width));
  }

  show(data, trigger) {
    const before = this.data;
    this.trigger = trigger;
    this.data = data;
    this.colours = bytes(data.palette);
    this.dots = asDots(this.colours);
    this.list.setAttribute("aria-label", data.title);
    this.list.classList.toggle("clickable", data.clickable);
    const shape = ({ maps, width, height }) => `${maps.length} ${width} ${height}`;
    const isNew = !before || shape(before) !== shape(data);
    if (isNew) this.makeCells();
    this.paint();
    this.cells.forEach((cell, at) => this.name(cell, data.maps[at]));
    if (isNew) this.list.replaceChildren(...this.cells.map((cell) => cell.parentElement));
    this.find("ramp").style.background = this.gradient();
    if (before) this.layOut(this.root.clientWidth);
    this.point(null);
  }

  makeCells() {
    const first = document.createElement("li");
    first.innerHTML = `<button type="button" class="cell" tabindex="-1"><span class="picture"><canvas></canvas
      ><span class="cells"></span></span><span class="number"></span></button>`;
    first.firstElementChild.style.setProperty("--columns", this.data.width);
    // Copies: a page may have hundreds of maps.
    this.cells = this.data.maps.map(() => first.cloneNode(true).firstElementChild);
    this.cells[0].tabIndex = 0; // one stop for the whole layer; arrow keys go on from there
  }

  /** Rows of equal length, and no more of them than the smallest scale needs. */
  layOut(available) {
    const { width, height, scale: smallest, most, maps } = this.data;
    const gap = most > smallest ? GAP.map : GAP.unit;
    const room = available - 8;
    if (room <= 0) return;
    const rows = (scale) => Math.ceil(maps.length / Math.max(1, Math.floor((room + gap) / (width * scale + gap))));
    let scale = smallest;
    while (scale > 1 && width * scale > room) scale--;
    const fewest = rows(scale);
    while (scale < most && width * (scale + 1) <= room && rows(scale + 1) <= fewest) scale++;
    const columns = Math.ceil(maps.length / fewest);
    this.list.style.gap = `${gap}px`;
    const across = columns * (width * scale + gap) + 8;
    this.list.style.maxWidth = `${across}px`;
    this.find("foot").style.maxWidth = `${Math.max(across, FOOT)}px`;
    for (const cell of this.cells) {
      cell.style.setProperty("--width", `${width * scale}px`);
      cell.style.setProperty("--height", `${height * scale}px`);
    }
  }

  paint() {
    const levels = bytes(this.data.levels);
    const size = this.data.width * this.data.height * (this.data.coloured ? 3 : 1);
    this.cells.forEach((cell, at) => {
      const own = levels.subarray(at * size, (at + 1) * size);
      const [canvas, written] = cell.firstElementChild.children;
      this.fill(canvas, own);
      written.replaceChildren(...this.writeCells(this.data.maps[at], own));
    });
  }

  fill(canvas, levels) {
    canvas.width = this.data.width;
    canvas.height = this.data.height;
    const image = new ImageData(canvas.width, canvas.height);
    const dots = new Uint32Array(image.data.buffer);
    if (this.data.coloured) dots.set(asDots(levels));
    else for (let at = 0; at < dots.length; at++) dots[at] = this.dots[levels[at]];
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  /** What is written in the cells of a map, in black or white. */
  writeCells(map, levels) {
    return map.cells.map((text, at) => {
      const number = document.createElement("span");
      const [red, green, blue] = this.colourAt(levels, at);
      number.textContent = text;
      number.style.color = 0.2126 * red + 0.7152 * green + 0.0722 * blue < DARK ? "#fff" : "#000";
      return number;
    });
  }

  name(cell, map) {
    const dead = map.dead ? " dead" : "";
    cell.setAttribute("aria-label", `${this.data.noun} ${map.name}: ${map.text}`);
    if (this.data.clickable) cell.setAttribute("aria-pressed", map.number === this.data.chosen);
    else cell.removeAttribute("aria-pressed");
    cell.lastElementChild.textContent = map.name + dead;
    cell.lastElementChild.hidden = !this.data.labels;
  }

  /** Say the numbers of the map that is pointed at, and what its colours stand for. */
  point(cell) {
    const map = cell && this.data.maps[this.cells.indexOf(cell)];
    this.find("readout").textContent = map
      ? `${this.data.noun} ${map.name}: ${map.text}`
      : this.data.hint;
    const { per_map, signed, maps } = this.data;
    const limit = map || !per_map || maps.length === 1 ? (map ?? maps[0]).limit : null;
    this.find("low").textContent = signed ? MINUS + (limit ?? "largest") : "0";
    this.find("high").textContent = limit ?? `largest of each ${this.data.noun.toLowerCase()}`;
  }

  press(cell) {
    if (cell && this.data.clickable) this.trigger("map", this.data.maps[this.cells.indexOf(cell)].number);
  }

  move(event) {
    const at = this.cells.indexOf(event.target.closest(".cell"));
    const last = this.cells.length - 1;
    const row = this.cells.filter((cell) => cell.offsetTop === this.cells[0].offsetTop).length;
    const goal = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - row,
      ArrowDown: at + row,
      Home: 0,
      End: last,
    }[event.key];
    if (at < 0 || goal === undefined) return;
    event.preventDefault();
    if (goal < 0 || goal > last) return;
    this.cells[at].tabIndex = -1;
    this.cells[goal].tabIndex = 0;
    this.cells[goal].focus();
  }

  cellOf(target) {
    return target.closest(".cell");
  }

  colour(level) {
    return this.colours.subarray(3 * level, 3 * level + 3);
  }

  /** The colour of a map's cell. */
  colourAt(levels, at) {
    return this.data.coloured ? levels.subarray(3 * at, 3 * at + 3) : this.colour(levels[at]);
  }

  gradient() {
    const last = this.colours.length / 3 - 1;
    const stops = Array.from({ length: 9 }, (_, at) => this.colour(Math.round((at / 8) * last)));
    return `linear-gradient(to right, ${stops.map((rgb) => `rgb(${[...rgb].join()})`).join()})`;
  }
}

/** Colours of three bytes as dots of a canvas, each four bytes in one number. */
function asDots(colours) {
  const dots = new Uint8ClampedArray((colours.length / 3) * 4).fill(255);
  for (let at = 0; at < colours.length / 3; at++) dots.set(colours.subarray(3 * at, 3 * at + 3), 4 * at);
  return new Uint32Array(dots.buffer);
}

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
