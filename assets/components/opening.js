/*
 * Home's opening: a 3 x 3 window slides over a real digit and paints the filter's answers, cell by
 * cell. The answers come from cnnlib.convolution.conv2d; this script only shows them.
 *
 * data.examples: [{label, pixels: [28 rows of 0..255], answers: [26 rows], verdict: [10 shares] | null}]
 * data.kernel:   3 rows of weights
 * data.scale:    colours from the most negative answer to the most positive, as [red, green, blue]
 */

const BUSY_MS = 26; // a cell where the window finds something
const IDLE_MS = 2; // a cell of empty paper
const HOLD_MS = 3500; // a finished picture stays this long

export default mount(".opening", (root) => new Opening(root));

class Opening extends Component {
  constructor(root) {
    super(root);
    this.input = this.find("input");
    this.answers = this.find("answers");
    this.playing = !this.still;
    this.held = false; // a pointer or the keyboard is on the picture
    this.index = 0;
    this.listen();
  }

  listen() {
    for (const canvas of [this.input, this.answers]) {
      canvas.onpointermove = (event) => this.point(canvas, event);
      canvas.onpointerdown = (event) => this.point(canvas, event);
      canvas.onpointerleave = () => (this.held = false);
      canvas.onblur = () => (this.held = false);
      canvas.onkeydown = (event) => this.press(event);
    }
    this.find("play").onclick = () => this.toggle();
    this.find("next").onclick = () => this.start(this.index + 1);
  }

  show(data) {
    const fresh = JSON.stringify(data) !== this.seen;
    this.data = data;
    this.readColours();
    if (!fresh) return this.draw();
    this.seen = JSON.stringify(data);
    const weights = data.kernel.flat();
    this.taps = weights.map((weight) => this.tap(weight));
    this.find("taps").replaceChildren(...this.taps.map((tap) => tap.cell));
    this.find("verdict-panel").hidden = !data.examples[0].verdict;
    this.start(0);
    this.go();
  }

  tap(weight) {
    const cell = document.createElement("div");
    const pixel = document.createElement("span");
    const factor = document.createElement("span");
    pixel.className = "pixel";
    factor.className = "weight";
    factor.textContent = `× ${signed(weight)}`;
    cell.append(pixel, factor);
    return { cell, pixel, weight };
  }

  start(index) {
    const { examples } = this.data;
    this.index = index % examples.length;
    this.example = examples[this.index];
    this.height = this.example.answers.length;
    this.width = this.example.answers[0].length;
    this.largest = Math.max(...this.example.answers.flat().map(Math.abs), 1);
    this.painted = new Uint8Array(this.height * this.width).fill(this.still ? 1 : 0);
    this.cell = this.still ? this.strongest() : 0;
    this.budget = 0;
    this.done = this.still;
    this.nameParts();
    this.draw();
  }

  nameParts() {
    const { label } = this.example;
    const keys = "Arrow keys move the window.";
    this.input.setAttribute("aria-label", `A handwritten ${label}, 28 by 28 pixels. ${keys}`);
    this.answers.setAttribute("aria-label", `The filter's 26 by 26 answers. ${keys}`);
    this.find("play").textContent = this.playing ? "Pause" : "Play";
  }

  /** Have time pass from now on, as long as it plays. */
  go() {
    if (this.frame || !this.playing) return;
    this.last = undefined;
    this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    this.frame = 0;
    if (!this.playing) return;
    const passed = Math.min(now - (this.last ?? now), 100);
    this.last = now;
    if (!this.held) this.advance(passed);
    this.frame = requestAnimationFrame((next) => this.tick(next));
  }

  advance(passed) {
    this.budget += passed;
    if (this.done) {
      if (this.budget > HOLD_MS) this.start(this.index + 1);
      return;
    }
    while (!this.done) {
      const cost = this.answerAt(this.cell) ? BUSY_MS : IDLE_MS;
      if (this.budget < cost) break;
      this.budget -= cost;
      this.painted[this.cell] = 1;
      this.cell += 1;
      this.done = this.cell === this.painted.length;
    }
    if (this.done) {
      this.cell = this.strongest();
      this.budget = 0;
    }
    this.draw();
  }

  destroy() {
    super.destroy();
    cancelAnimationFrame(this.frame);
  }

  toggle() {
    this.playing = !this.playing;
    this.held = false;
    if (this.playing && this.still) this.still = false;
    if (this.playing && this.done) this.start(this.index + 1);
    this.nameParts();
    this.go();
  }

  point(canvas, event) {
    const box = canvas.getBoundingClientRect();
    const margin = canvas === this.input ? 1 : 0;
    const cells = this.width + 2 * margin;
    const column = Math.floor(((event.clientX - box.left) / box.width) * cells) - margin;
    const row = Math.floor(((event.clientY - box.top) / box.height) * cells) - margin;
    this.held = true;
    this.select(row, column);
  }

  press(event) {
    if (!(event.key in ARROWS)) return;
    event.preventDefault();
    this.held = true;
    const [down, right] = ARROWS[event.key];
    this.select(Math.floor(this.cell / this.width) + down, (this.cell % this.width) + right);
    this.find("spoken").textContent = this.sentence();
  }

  select(row, column) {
    const cell = within(row, this.height) * this.width + within(column, this.width);
    // Going on from here would skip what lies between, so the sweep keeps its own place.
    if (!this.done) this.painted[cell] = 1;
    this.cell = cell;
    this.draw();
  }

  answerAt(cell) {
    return this.example.answers[Math.floor(cell / this.width)][cell % this.width];
  }

  /** Where the filter finds most of what it looks for. */
  strongest() {
    const sizes = this.example.answers.flat().map(Math.abs);
    return sizes.indexOf(Math.max(...sizes));
  }

  sentence() {
    const row = Math.floor(this.cell / this.width);
    const column = this.cell % this.width;
    return `Row ${row + 1}, column ${column + 1}: the sum is ${signed(this.answerAt(this.cell))}.`;
  }

  readColours() {
    const style = getComputedStyle(this.root);
    const value = (name) => style.getPropertyValue(name).trim();
    this.blank = value("--st-secondary-background-color");
    this.scale = this.data.scale;
  }

  draw() {
    this.drawInput();
    this.drawAnswers();
    this.writeSum();
    this.writeVerdict();
  }

  drawInput() {
    const { pixels } = this.example;
    const grey = (row, column) => `rgb(${Array(3).fill(pixels[row][column]).join()})`;
    const context = fillCells(this.input, pixels.length, grey);
    mark(context, this.input, pixels.length, this.cell, this.width, 3);
  }

  drawAnswers() {
    const shade = (row, column) => {
      const cell = row * this.width + column;
      if (!this.painted[cell]) return this.blank;
      return between(this.scale, (this.answerAt(cell) / this.largest + 1) / 2);
    };
    const context = fillCells(this.answers, this.height, shade);
    mark(context, this.answers, this.height, this.cell, this.width, 1);
  }

  writeSum() {
    const top = Math.floor(this.cell / this.width);
    const left = this.cell % this.width;
    this.taps.forEach(({ cell, pixel }, place) => {
      const value = this.example.pixels[top + Math.floor(place / 3)][left + (place % 3)];
      pixel.textContent = value;
      cell.style.background = `rgb(${value},${value},${value})`;
      cell.style.color = value > 127 ? "#000" : "#fff";
    });
    const answer = this.answerAt(this.cell);
    this.find("sum").textContent = signed(answer);
    this.find("swatch").style.background = between(this.scale, (answer / this.largest + 1) / 2);
  }

  writeVerdict() {
    const { verdict } = this.example;
    if (!verdict) return;
    const list = this.find("verdict");
    list.classList.toggle("known", this.done);
    if (list.dataset.of === String(this.index)) return;
    list.dataset.of = String(this.index);
    const best = verdict.indexOf(Math.max(...verdict));
    list.replaceChildren(...verdict.map((share, label) => bar(label, share, label === best)));
  }
}

/** Fill a size x size grid of cells on a canvas, sharp at any pixel ratio. */
function fillCells(canvas, size, colourOf) {
  const ratio = window.devicePixelRatio || 1;
  const side = Math.round(canvas.clientWidth * ratio);
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [x, y] = [edge(column, size, side), edge(row, size, side)];
      context.fillStyle = colourOf(row, column);
      context.fillRect(x, y, edge(column + 1, size, side) - x, edge(row + 1, size, side) - y);
    }
  }
  return context;
}

/** Draw a frame around `reach` x `reach` cells whose first one is `cell`: bright on dark. */
function mark(context, canvas, size, cell, width, reach) {
  const unit = canvas.width / size;
  const [x, y] = [(cell % width) * unit, Math.floor(cell / width) * unit];
  const line = Math.max(2, Math.round(canvas.width / 150));
  for (const [colour, thickness] of [["rgba(0, 0, 0, 0.6)", 2.5 * line], [BRIGHT, line]]) {
    context.strokeStyle = colour;
    context.lineWidth = thickness;
    context.strokeRect(x, y, reach * unit, reach * unit);
  }
}

const edge = (cell, size, side) => Math.round((cell * side) / size);

const signed = (number) => String(number).replace("-", "−");

/** The colour at `share` (0 to 1) of the way along a list of colours. */
function between(scale, share) {
  const place = Math.min(Math.max(share, 0), 1) * (scale.length - 1);
  const low = Math.min(Math.floor(place), scale.length - 2);
  const mix = scale[low].map((from, at) => from + (scale[low + 1][at] - from) * (place - low));
  return `rgb(${mix.map(Math.round).join()})`;
}

function bar(label, share, best) {
  const row = document.createElement("li");
  const [name, track, percent] = ["span", "span", "span"].map((tag) => document.createElement(tag));
  const filled = document.createElement("span");
  name.textContent = label;
  track.className = "track";
  filled.style.width = `${100 * share}%`;
  track.append(filled);
  percent.textContent = `${(100 * share).toFixed(1)} %`;
  row.classList.toggle("best", best);
  row.append(name, track, percent);
  return row;
}
