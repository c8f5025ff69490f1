/*
 * Numbers over the epochs of a run, a line for each: point at one to read it.
 *
 * data.title: what the numbers are
 * data.epochs: the epochs, as numbers; data.now: the place of the one that is shown
 * data.values: little-endian float32 in base64, line by line; what is no number leaves a gap
 * data.names: what the lines are called; data.marked: the line that is chosen, from 0, or null
 * data.most, data.least: the numbers at the top and at the bottom; data.percent: whether they are
 *   shares
 * data.clickable: whether a line can be chosen
 *
 * Sends the trigger `line`, the chosen line's place, from 0.
 */

const MANY = 64; // lines: of more, each is fainter
const SVG = "http://www.w3.org/2000/svg";

export default mount(".epoch-lines", (root) => new EpochLines(root));

class EpochLines extends Component {
  constructor(root) {
    super(root);
    this.said = ""; // what is pointed at first is said too
    this.at = null;
    const plot = this.find("plot");
    follow(plot, (event) => this.point(this.nearest(event)));
    plot.onpointerleave = () => this.point(null);
    plot.onblur = () => this.point(null);
    plot.onclick = (event) => this.choose(this.nearest(event));
    plot.onkeydown = (event) => this.press(event);
  }

  show(data, trigger) {
    const before = this.data;
    this.data = data;
    this.trigger = trigger;
    if (!before || before.values !== data.values || before.most !== data.most || before.least !== data.least) this.makeLines();
    if (this.at >= data.names.length) this.at = null;
    const last = data.epochs.length - 1;
    const moves = data.clickable ? " Up and down arrow keys move from line to line, Enter chooses."
      : " Up and down arrow keys move from line to line.";
    this.find("plot").setAttribute("aria-label", `${data.title}.${moves}`);
    this.find("plot").classList.toggle("clickable", data.clickable);
    this.find("title").textContent = data.title;
    this.find("most").textContent = this.format(data.most);
    this.find("least").textContent = this.format(data.least);
    this.find("lines").style.setProperty("--faint", data.names.length > MANY ? 0.12 : 0.3);
    this.find("first").textContent = named(data.epochs[0]);
    this.find("last").textContent = named(data.epochs[last]);
    this.find("now").style.left = `${this.across(data.now)}%`;
    this.draw();
  }

  makeLines() {
    const { epochs, names } = this.data;
    this.values = new Float32Array(readBytes(this.data.values).buffer);
    this.lines = names.map((_, line) => {
      const points = epochs.map((_, at) => this.isThere(line, at) && `${this.across(at)},${this.down(line, at)}`);
      const drawn = document.createElementNS(SVG, "polyline");
      drawn.setAttribute("points", points.filter(Boolean).join(" "));
      return drawn;
    });
    this.find("lines").replaceChildren(...this.lines);
  }

  value(line, at) {
    return this.values[line * this.data.epochs.length + at];
  }

  isThere(line, at) {
    return Number.isFinite(this.value(line, at));
  }

  /** Per cent from the left: by the epoch's number, since some may be missing. */
  across(at) {
    const { epochs } = this.data;
    const first = epochs[0];
    return (100 * (epochs[at] - first)) / Math.max(epochs[epochs.length - 1] - first, 1);
  }

  down(line, at) {
    const { most, least } = this.data;
    return 100 * (1 - (this.value(line, at) - least) / (most - least || 1));
  }

  /** The line that is nearest to the pointer. */
  nearest(event) {
    const { left, top, width, height } = this.find("plot").getBoundingClientRect();
    const x = (100 * (event.clientX - left)) / width;
    const y = (100 * (event.clientY - top)) / height;
    const place = this.data.epochs.findIndex((_, at) => this.across(at) >= x);
    const after = place < 0 ? this.data.epochs.length - 1 : place;
    const from = Math.max(after - 1, 0);
    const share = after === from ? 0 : (x - this.across(from)) / (this.across(after) - this.across(from));
    let best = null, least = Infinity;
    this.lines.forEach((_, line) => {
      if (!this.isThere(line, from) || !this.isThere(line, after)) return;
      const away = Math.abs((1 - share) * this.down(line, from) + share * this.down(line, after) - y);
      if (away < least) [best, least] = [line, away];
    });
    return best;
  }

  point(line) {
    this.at = line;
    if (this.data) this.drawSoon();
  }

  choose(line) {
    if (line !== null && this.data.clickable) this.trigger("line", line);
  }

  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const from = this.at ?? this.data.marked ?? 0;
    if (step) this.point(Math.min(Math.max(from + step, 0), this.data.names.length - 1));
    else if (event.key === "Enter" || event.key === " ") this.choose(from);
    else return;
    event.preventDefault();
  }

  draw() {
    const { marked, now } = this.data;
    this.lines.forEach((line, at) =>
      line.setAttribute("class", at === this.at ? "pointed" : at === marked ? "marked" : ""));
    const line = this.at ?? marked;
    const dot = this.find("dot");
    dot.hidden = line === null || !this.isThere(line, now);
    if (!dot.hidden) Object.assign(dot.style, { left: `${this.across(now)}%`, top: `${this.down(line, now)}%` });
    const words = line === null ? "" : this.wordsOf(line);
    this.find("readout").textContent = words || "Point at a line to read its numbers.";
    if (this.at !== null) this.say(words);
  }

  wordsOf(line) {
    const { names, epochs, now } = this.data;
    const said = now === 0 ? [0] : [0, now];
    const parts = said.map((at) =>
      `${this.isThere(line, at) ? this.format(this.value(line, at)) : "no number"} ${named(epochs[at])}`);
    return `${names[line]}: ${parts.join(", ")}`;
  }

  format(value) {
    return this.data.percent ? `${(100 * value).toFixed(value < 0.0995 ? 1 : 0)} %` : String(Number(value.toPrecision(3)));
  }
}

function named(epoch) {
  return epoch ? `after epoch ${epoch}` : "before training";
}
