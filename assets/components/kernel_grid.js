/*
 * The kernels of a layer: a row for each filter, a column for each of its input channels.
 *
 * data.title: what they are, for a screen reader
 * data.rows, data.columns: how many are shown; data.height, data.width: cells of a kernel
 * data.levels: kernel by kernel along the rows, a byte a cell; data.palette: three bytes a level;
 *   both base64
 * data.numbers: a little-endian float32 for each kernel, in base64; data.number: what it is called
 * data.row, data.column: what a row and a column stand for; data.first: the numbers of the first
 * data.chosen: {row, column}, from 0 among those that are shown, or null
 * data.limit: what the last colour stands for
 *
 * Sends the trigger `kernel`, [row, column] from 0 among those that are shown.
 */

const SEAM = 1; // pixels between two kernels
const TALL = 720; // pixels the grid should not be higher than, unless its cells were too small then
const FOOT = 460; // pixels: what is said below the grid may be wider than it is
const LEAST = { one: 7, many: 2 }; // pixels a cell has at least: kernels of one cell, and others
const MOST = { one: 22, many: 14 };

export default mount(".kernel-grid", (root) => new KernelGrid(root));

class KernelGrid extends Component {
  constructor(root) {
    super(root);
    this.said = ""; // what is pointed at first is said too
    this.canvas = this.find("grid");
    this.canvas.onpointermove = (event) => this.point(this.placeOf(event));
    this.canvas.onpointerleave = () => this.point(null);
    this.canvas.onclick = (event) => this.choose(this.placeOf(event));
    this.canvas.onkeydown = (event) => this.press(event);
    this.canvas.onblur = () => this.point(null);
    this.watchSize(() => this.arrange());
  }

  show(data, trigger) {
    this.data = data;
    this.trigger = trigger;
    this.palette = readBytes(data.palette);
    this.numbers = new Float32Array(readBytes(data.numbers).buffer);
    this.picture = this.paintAll(readBytes(data.levels));
    if (this.at && !this.isIn(this.at)) this.at = null;
    const axis = (noun, from, count) =>
      count === 1 ? `${noun} ${from}` : `${noun}s ${from} to ${from + count - 1}`;
    const [row, column] = [axis(data.row, data.first.row, data.rows), axis(data.column, data.first.column, data.columns)];
    this.find("axes").textContent = `Down: ${row}. Across: ${column}.`;
    this.canvas.setAttribute("aria-label", `${data.title}. Arrow keys move, Enter chooses.`);
    this.find("low").textContent = `−${data.limit}`;
    this.find("high").textContent = data.limit;
    this.find("ramp").style.background = this.gradient();
    this.arrange();
  }

  /** All kernels edge to edge, a dot for each cell. */
  paintAll(levels) {
    const { rows, columns, height, width } = this.data;
    return paint(columns * width, rows * height, (at, dots, place) => {
      const [y, x] = [Math.floor(at / (columns * width)), at % (columns * width)];
      const kernel = Math.floor(y / height) * columns + Math.floor(x / width);
      const level = levels[kernel * height * width + (y % height) * width + (x % width)];
      dots.set(this.palette.subarray(3 * level, 3 * level + 3), place);
    });
  }

  arrange() {
    const { rows, columns, height, width } = this.data;
    const room = this.find("room").clientWidth - 8;
    if (room <= 0) return;
    const kind = height * width === 1 ? "one" : "many";
    const across = Math.floor((room / columns - SEAM) / width);
    const down = Math.floor((TALL / rows - SEAM) / height);
    this.cell = Math.max(LEAST[kind], Math.min(MOST[kind], across, down));
    this.wide = width * this.cell + SEAM;
    this.high = height * this.cell + SEAM;
    sizeTo(this.canvas, columns * this.wide + SEAM, rows * this.high + SEAM);
    this.find("foot").style.maxWidth = `${Math.max(columns * this.wide, FOOT)}px`;
    this.draw();
  }

  draw() {
    const { rows, columns, height, width, chosen } = this.data;
    const context = cleared(this.canvas);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        context.drawImage(
          this.picture, column * width, row * height, width, height,
          SEAM + column * this.wide, SEAM + row * this.high, this.wide - SEAM, this.high - SEAM);
      }
    }
    if (chosen) {
      this.box(context, 0, chosen.row, columns);
      this.box(context, chosen.column, chosen.row, 1);
    }
    if (this.at) this.box(context, this.at.column, this.at.row, 1);
    this.write();
  }

  box(context, column, row, count) {
    outline(context, column * this.wide + 0.5, row * this.high + 0.5, count * this.wide, this.high);
  }

  write() {
    const at = this.at ?? this.data.chosen;
    const words = at ? this.wordsOf(at) : "";
    this.find("readout").textContent = words;
    if (this.at) this.say(words);
  }

  wordsOf({ row, column }) {
    const { first, columns, number } = this.data;
    const value = this.numbers[row * columns + column];
    const text = Number.isFinite(value) ? String(Number(value.toPrecision(3))).replace("-", "−") : "no number";
    return `${this.data.row} ${first.row + row}, ${this.data.column.toLowerCase()} ${first.column + column}: ${number} ${text}`;
  }

  placeOf(event) {
    const place = { row: Math.floor(event.offsetY / this.high), column: Math.floor(event.offsetX / this.wide) };
    return this.isIn(place) ? place : null;
  }

  isIn({ row, column }) {
    return row >= 0 && column >= 0 && row < this.data.rows && column < this.data.columns;
  }

  point(place) {
    this.at = place;
    if (this.data) this.drawSoon();
  }

  choose(place) {
    if (place) this.trigger("kernel", [place.row, place.column]);
  }

  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = this.at ?? this.data.chosen ?? { row: 0, column: 0 };
    if (event.key === "Enter" || event.key === " ") this.choose(at);
    else if (event.key in ARROWS) {
      const [down, across] = ARROWS[event.key];
      const next = { row: at.row + down, column: at.column + across };
      if (this.isIn(next)) this.point(next);
    } else return;
    event.preventDefault();
  }

  gradient() {
    const last = this.palette.length / 3 - 1;
    const stops = Array.from({ length: 9 }, (_, at) => {
      const level = 3 * Math.round((at / 8) * last);
      return `rgb(${[...this.palette.subarray(level, level + 3)].join()})`;
    });
    return `linear-gradient(to right, ${stops.join()})`;
  }
}
