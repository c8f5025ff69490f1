/*
 * A pair of axes and what is between them, and the legend beside; set in front of chart.js, which says
 * what the data are.
 */

const SVG = "http://www.w3.org/2000/svg";
const GAP = 6; // pixels between a number and its axis
// Markers as corners around (0, 0), about 1 from it; a round one has none.
const turn = (count, start, near = 1) => Array.from({ length: count }, (_, at) => {
  const angle = (2 * Math.PI * at) / count + start;
  const far = at % 2 ? near : 1;
  return [far * Math.sin(angle), -far * Math.cos(angle)];
});
const CROSS = [[-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35], [1, 0.35], [0.35, 0.35],
  [0.35, 1], [-0.35, 1], [-0.35, 0.35], [-1, 0.35], [-1, -0.35], [-0.35, -0.35]];
const CORNERS = {
  diamond: turn(4, 0).map(([x, y]) => [1.3 * x, 1.3 * y]),
  square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  "triangle-up": turn(3, 0).map(([x, y]) => [1.2 * x, 1.2 * y]),
  "triangle-down": turn(3, Math.PI).map(([x, y]) => [1.2 * x, 1.2 * y]),
  cross: CROSS,
  x: CROSS.map(([x, y]) => [0.75 * (x - y), 0.75 * (x + y)]),
  star: turn(10, 0, 0.45).map(([x, y]) => [1.3 * x, 1.3 * y]),
  hexagon: turn(6, Math.PI / 6),
  pentagon: turn(5, 0),
};

let series = 0; // numbers all rows of points, so that arrow keys go from one to the next

/** A pair of axes and what is between them, drawn to fill a box. */
class Panel {
  constructor(plan, box) {
    this.plan = plan;
    this.box = box;
    this.marks = [];
    this.width = box.clientWidth;
    this.height = box.clientHeight;
    this.letter = parseFloat(getComputedStyle(box).fontSize) * 0.75;
    this.svg = node("svg");
    this.svg.append(hatches(plan.series.map(({ bars }) => bars?.hatched && bars.colour)));
    this.lay();
    this.drawAxes();
    plan.shapes.forEach((shape) => this.drawShape(shape));
    plan.series.forEach((one) => this.drawSeries(one));
    plan.notes.forEach((note) => this.drawNote(note));
    this.ring = this.add(this.svg, "circle", { class: "pointed", r: 8, visibility: "hidden" });
    box.replaceChildren(this.svg);
  }

  add(parent, name, attributes, text) {
    const made = node(name, attributes, text);
    parent.append(made);
    return made;
  }

  /** How much room numbers and titles need, and so where the axes lie. */
  lay() {
    const { x, y, square } = this.plan;
    const line = 1.5 * this.letter;
    this.widest = Math.max(0, ...y.ticks.map(([, text]) => this.lengthOf(text)));
    this.aside = Math.min(this.widest, 0.45 * this.width);
    this.left = this.aside + (y.ticks.length ? GAP : 0) + (y.title ? line : 0) + 2;
    const last = x.ticks.at(-1);
    const past = last && !x.isNames ? this.lengthOf(last[1]) / 2 : 0;
    this.right = this.width - Math.max(past, 8);
    this.top = 8;
    this.bottom = this.height - (x.ticks.length ? line : 4) - (x.title ? line : 0);
    if (square) this.makeSquare();
  }

  /** As many pixels to a step upwards as to one across, in the middle of the room. */
  makeSquare() {
    const [across, up] = [this.plan.x, this.plan.y].map(({ range }) => range[1] - range[0]);
    const unit = Math.min((this.right - this.left) / across, (this.bottom - this.top) / up);
    const spare = (this.right - this.left - unit * across) / 2;
    this.right -= spare;
    this.left += spare;
    this.top = this.bottom - unit * up;
  }

  lengthOf(text) {
    measure.font = `${this.letter}px ${getComputedStyle(this.box).fontFamily}`;
    return measure.measureText(text).width;
  }

  /** Large letters get smaller where a text would be cut off. */
  fitted(text, room) {
    const length = this.lengthOf(text);
    return length > room ? { style: `font-size: ${(this.letter * room) / length}px` } : {};
  }

  across(place) {
    const [low, high] = this.plan.x.range;
    return this.left + ((place - low) / (high - low)) * (this.right - this.left);
  }

  down(place) {
    const [low, high] = this.plan.y.range;
    return this.bottom - ((place - low) / (high - low)) * (this.bottom - this.top);
  }

  drawAxes() {
    const { x, y } = this.plan;
    const { left, right, top, bottom, letter, svg } = this;
    const rule = (name, at, [low, high]) => {
      const ends = name === "x" ? { x1: at, x2: at, y1: top, y2: bottom } : { x1: left, x2: right, y1: at, y2: at };
      return { ...ends, low, high };
    };
    const look = (axis, at) => (axis.zero && at === 0 ? "zero" : "grid");
    for (const [at, text] of y.ticks) {
      if (!y.isNames) this.add(svg, "line", { class: look(y, at), ...rule("y", this.down(at), y.range) });
      const place = { x: this.left - GAP, y: this.down(at) + 0.35 * letter, "text-anchor": "end" };
      this.add(svg, "text", { ...place, ...this.fitted(text, this.aside) }, text);
    }
    let free = -Infinity; // no two numbers on each other
    for (const [at, text] of x.ticks) {
      const [place, half] = [this.across(at), this.lengthOf(text) / 2];
      if (!x.isNames) this.add(svg, "line", { class: look(x, at), ...rule("x", place, x.range) });
      if (place - half < free) continue;
      free = place + half + GAP;
      this.add(svg, "text", { x: place, y: bottom + 1.2 * letter, "text-anchor": "middle" }, text);
    }
    if (x.isNames || y.isNames) {
      const zero = x.isNames ? rule("y", bottom, y.range) : rule("x", left, x.range);
      this.add(svg, "line", { class: "zero", ...zero });
    }
    const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
    const half = Math.min(this.lengthOf(x.title), this.width) / 2;
    const below = { x: Math.min(Math.max(middle.x, half), this.width - half), y: this.height - 0.35 * letter };
    this.add(svg, "text", { ...below, ...this.fitted(x.title, this.width), "text-anchor": "middle" }, x.title);
    const place = Math.max(letter, this.plan.square ? left - this.widest - 2 * GAP : letter);
    const room = this.height - (x.title ? 1.5 * letter : 0);
    const long = Math.min(this.lengthOf(y.title), room) / 2;
    const aside = `translate(${place} ${Math.min(Math.max(middle.y, long), room - long)}) rotate(-90)`;
    this.add(svg, "text", { transform: aside, "text-anchor": "middle", ...this.fitted(y.title, room) }, y.title);
  }

  drawShape({ x, y, fill, colour, width, dash }) {
    const [first, last] = x ? x.map((at) => this.across(at)) : [this.left, this.right];
    const [low, high] = y ? y.map((at) => this.down(at)) : [this.bottom, this.top];
    if (fill) {
      const box = { x: Math.min(first, last), width: Math.abs(last - first), y: Math.min(low, high), height: Math.abs(low - high) };
      this.add(this.svg, "rect", { ...box, fill });
    } else {
      const look = { stroke: colour, "stroke-width": width, "stroke-dasharray": dash };
      this.add(this.svg, "line", { x1: first, x2: last, y1: low, y2: high, ...look });
    }
  }

  drawNote({ y, text }) {
    const place = { x: this.right - 2, y: this.down(y) - 4, "text-anchor": "end" };
    this.add(this.svg, "text", place, text);
  }

  drawSeries({ points, opacity, said, line, fill, marker, every, texts, bars }) {
    const group = this.add(this.clipped(), "g", { opacity });
    const places = points.map((point) => point && [this.across(point[0]), this.down(point[1])]);
    const number = series++;
    const note = (at, x, y, away) => {
      if (!said || !this.isInside(x, y)) return;
      this.marks.push({ panel: this, series: number, x, y, words: said[at], away });
    };
    if (bars) this.drawBars(group, points, bars, note);
    if (line) this.drawLine(group, places, line, fill);
    places.forEach((place, at) => {
      if (!place || bars) return;
      const [x, y] = place;
      const isSeen = marker && (at % every === 0 || at === places.length - 1);
      if (isSeen && this.isInside(x, y)) this.svg.append(markerNode(marker, x, y, opacity));
      if (texts) {
        const beside = { x: x + GAP, y: y + 0.35 * this.letter };
        this.add(this.svg, "text", { ...beside, ...this.fitted(texts[at], this.width - x - GAP) }, texts[at]);
      }
      note(at, x, y, (a, b) => Math.hypot(a - x, b - y));
    });
  }

  /** Lines end at the axes; markers that stand on one are drawn whole. */
  clipped() {
    const name = `inside${series}`;
    const clip = this.add(this.svg, "clipPath", { id: name });
    const size = { width: Math.max(this.right - this.left, 0), height: Math.max(this.bottom - this.top, 0) };
    this.add(clip, "rect", { x: this.left, y: this.top, ...size });
    return this.add(this.svg, "g", { "clip-path": `url(#${name})` });
  }

  isInside(x, y) {
    return x >= this.left - 1 && x <= this.right + 1 && y >= this.top - 1 && y <= this.bottom + 1;
  }

  drawLine(group, places, { colour, width, dash, steps }, fill) {
    let path = "", before = null;
    for (const place of places) {
      if (place && before) path += steps ? `H${place[0]}V${place[1]}` : `L${place}`;
      else if (place) path += `M${place}`;
      before = place;
    }
    const look = { stroke: colour, "stroke-width": width, "stroke-dasharray": dash, "stroke-linejoin": "round" };
    this.add(group, "path", { d: path, fill: fill ?? "none", "fill-opacity": 0.5, ...look });
  }

  drawBars(group, points, { level, breadth, shift, colour, hatched }, note) {
    points.forEach((point, at) => {
      if (!point) return;
      const [low, high] = [-0.5, 0.5].map((side) => (level ? point[1] : point[0]) + shift + side * breadth);
      const ends = level ? [this.across(0), this.across(point[0])] : [this.down(0), this.down(point[1])];
      const sides = level ? [this.down(high), this.down(low)] : [this.across(low), this.across(high)];
      const [from, to] = [Math.min(...ends), Math.max(...ends)];
      const box = level ? { x: from, width: to - from, y: sides[0], height: sides[1] - sides[0] }
        : { x: sides[0], width: sides[1] - sides[0], y: from, height: to - from };
      this.add(group, "rect", { ...box, fill: barFill({ colour, hatched }), stroke: colour });
      const middle = (sides[0] + sides[1]) / 2;
      const outside = (value, first, length) => Math.max(first - value, value - first - length, 0);
      note(at, level ? ends[1] : middle, level ? middle : ends[1], (a, b) =>
        Math.hypot(outside(a, box.x, box.width), outside(b, box.y, box.height)));
    });
  }
}

const measure = document.createElement("canvas").getContext("2d");

function node(name, attributes = {}, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== "") made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function makePanel({ heading }) {
  const panel = document.createElement("div");
  panel.className = "panel";
  if (heading) panel.append(Object.assign(document.createElement("p"), { textContent: heading }));
  panel.append(document.createElement("div"));
  return panel;
}

const hatchName = (colour) => colour.replace(/\W/g, "");
const barFill = ({ colour, hatched }) => (hatched ? `url(#hatch${hatchName(colour)})` : colour);

/** Slanting lines of each of these colours, to fill a bar with. */
function hatches(colours) {
  const all = node("defs");
  for (const colour of new Set(colours.filter(Boolean))) {
    const pattern = node("pattern", { id: `hatch${hatchName(colour)}`, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    pattern.append(node("rect", { width: 6, height: 6, fill: colour, "fill-opacity": 0.25 }));
    pattern.append(node("rect", { width: 2, height: 6, fill: colour }));
    all.append(pattern);
  }
  return all;
}

function markerNode({ symbol, open, size, colour, opacity, width }, x, y, faded = 1) {
  const look = { fill: open ? "none" : colour, stroke: colour, "stroke-width": width, opacity: opacity * faded };
  const half = size / 2;
  if (symbol === "circle") return node("circle", { cx: x, cy: y, r: half, ...look });
  const points = CORNERS[symbol].map(([across, down]) => `${x + half * across},${y + half * down}`).join(" ");
  return node("polygon", { points, ...look });
}

function legendItem({ name, line, marker, bar }) {
  const item = document.createElement("li");
  const sample = node("svg", { width: line ? 36 : 14, height: 14, "aria-hidden": true });
  if (bar) {
    sample.append(hatches([bar.hatched && bar.colour]));
    sample.append(node("rect", { x: 1, y: 1, width: 12, height: 12, fill: barFill(bar), stroke: bar.colour }));
  }
  if (line) sample.append(node("line", { x1: 0, x2: 36, y1: 7, y2: 7, stroke: line.colour, "stroke-width": line.width, "stroke-dasharray": line.dash }));
  if (marker) sample.append(markerNode({ ...marker, size: Math.min(marker.size, 10) }, line ? 18 : 7, 7));
  item.append(sample, Object.assign(document.createElement("span"), { textContent: name }));
  return item;
}
