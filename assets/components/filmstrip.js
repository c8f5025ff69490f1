/*
 * Pictures that change frame by frame, to play, to scrub, and to hold beside one another: one large
 * one with its filmstrip, or many side by side. Nothing goes to the server but a click on one of
 * many.
 *
 * data.title: what the pictures are, for a screen reader
 * data.film: a PNG, base64: a column for each frame, a row for each picture
 * data.width, data.height: of one picture in it; data.side: screen pixels it may take
 * data.unit: what frames are counted in; data.frames: {at, text} for each frame, `at` its place on
 *   the curve's axis, `text` what to call it
 * data.pictures: {name, number, values}: `number` is sent on a click, `values` are the numbers at
 *   0, 1, 2, ... of that axis, null where there is none
 * data.curve: what the curve shows, or "" for none; data.clickable: whether pictures can be chosen
 *
 * Sends the trigger `picture`, the number of the picture that was chosen.
 */

const MINUS = "\u2212";
const PLAY = "M4 3v10l9-5z";
const PAUSE = "M4 3h3v10H4zM9 3h3v10H9z";
const SECONDS = 3; // for all of a film
const SLOWEST = 250; // milliseconds a frame
const THUMBS = 7;
const THUMB_SIDE = 36;

export default mount(".filmstrip", (root) => new Film(root));

class Film extends Component {
  constructor(root) {
    super(root);
    this.said = ""; // the first words are those of the reader's first move
    this.scrub = this.find("scrub");
    this.scrub.oninput = () => this.halt(Number(this.scrub.value));
    this.find("back").onclick = () => this.halt(this.frame - 1);
    this.find("forward").onclick = () => this.halt(this.frame + 1);
    this.find("play").onclick = () => (this.timer ? this.stop() : this.play());
    // What began by itself waits for whoever wants to look or to do something.
    const wait = () => this.byItself && this.stop();
    this.root.addEventListener("pointerenter", wait);
    this.root.addEventListener("focusin", wait);
    this.watchSize(() => this.arrange());
  }

  async show(data, trigger) {
    this.trigger = trigger;
    const before = this.data;
    if (before && JSON.stringify(before) === JSON.stringify(data)) return;
    const turn = (this.showing = (this.showing ?? 0) + 1);
    const film = new Image();
    film.src = `data:image/png;base64,${data.film}`;
    await film.decode();
    if (turn !== this.showing) return; // another film came meanwhile
    this.data = data;
    this.film = film;
    this.stop();
    this.pointed = 0;
    this.last = data.frames.length - 1;
    this.frame = this.last;
    this.scrub.max = this.last;
    this.find("unit").textContent = data.unit;
    this.root.classList.toggle("single", data.pictures.length === 1);
    this.makePictures();
    this.makeStrip();
    this.makeCurve();
    this.arrange();
    this.root.dataset.ready = "true";
    if (!this.still && !this.root.matches(":hover, :focus-within")) this.play(true);
  }

  // ---- elements -------------------------------------------------------------------------------

  makePictures() {
    const { pictures, clickable, title } = this.data;
    this.find("pictures").setAttribute("aria-label", title);
    this.canvases = [];
    const items = pictures.map((picture, at) => {
      const item = document.createElement("li");
      const holder = document.createElement(clickable ? "button" : "div");
      holder.className = clickable ? "" : "one";
      const canvas = document.createElement("canvas");
      canvas.setAttribute("role", "img");
      const name = document.createElement("span");
      name.className = "name";
      holder.append(canvas, name);
      if (clickable) {
        holder.type = "button";
        holder.onclick = () => this.trigger("picture", picture.number);
        holder.onpointerenter = holder.onfocus = () => this.point(at);
      }
      item.append(holder);
      this.canvases.push({ canvas, name });
      return item;
    });
    this.find("pictures").replaceChildren(...items);
  }

  makeStrip() {
    const { pictures, frames, width, height } = this.data;
    const strip = this.find("strip");
    this.thumbs = [];
    strip.hidden = pictures.length > 1;
    strip.setAttribute("aria-label", "Frames");
    const count = Math.min(THUMBS, frames.length);
    const scale = Math.max(1, Math.floor(THUMB_SIDE / Math.max(width, height)));
    const items = Array.from({ length: strip.hidden ? 0 : count }, (_, n) => {
      const frame = count > 1 ? Math.round((n * this.last) / (count - 1)) : 0;
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-label", `Show ${this.data.unit.toLowerCase()} ${frames[frame].text}`);
      button.onclick = () => this.halt(frame);
      const canvas = document.createElement("canvas");
      sizeTo(canvas, width * scale, height * scale);
      this.drawFrame(canvas, 0, frame, scale);
      button.append(canvas, frames[frame].text);
      item.append(button);
      this.thumbs.push({ button, frame });
      return item;
    });
    strip.replaceChildren(...items);
  }

  makeCurve() {
    const { pictures, curve, frames } = this.data;
    this.find("curve").hidden = !curve;
    if (!curve) return;
    const known = pictures.flatMap((p) => p.values).filter((value) => value !== null);
    this.most = Math.max(...known, 0);
    this.least = Math.min(...known, 0);
    this.length = Math.max(pictures[0].values.length - 1, 1);
    this.find("caption").textContent = curve;
    this.find("high").textContent = format(this.most);
    this.find("low").textContent = format(this.least);
    this.find("first").textContent = `${this.data.unit} ${frames[0].text}`;
    this.find("last").textContent = `${this.data.unit.toLowerCase()} ${frames[this.last].text}`;
    this.lines = pictures.map(({ values }) => {
      const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
      const points = values.map((value, at) => value !== null && this.placeOf(at, value).join(","));
      line.setAttribute("points", points.filter(Boolean).join(" "));
      return line;
    });
    this.find("lines").replaceChildren(...this.lines);
  }

  /** Per cent of the plot, from its top left. */
  placeOf(at, value) {
    const range = this.most - this.least || 1;
    return [(100 * at) / this.length, 100 * (1 - (value - this.least) / range)];
  }

  // ---- drawing --------------------------------------------------------------------------------

  arrange() {
    const { width, height, side } = this.data;
    const room = this.root.clientWidth;
    if (room <= 0) return;
    const larger = Math.max(width, height);
    this.scale = Math.max(1, Math.floor(Math.min(side, room - 2) / larger));
    this.canvases.forEach(({ canvas, name }) => {
      sizeTo(canvas, width * this.scale, height * this.scale);
      name.style.width = `${width * this.scale}px`;
    });
    this.draw();
  }

  draw() {
    const { pictures, frames, unit } = this.data;
    const { at, text } = frames[this.frame];
    this.scrub.value = this.frame;
    this.scrub.setAttribute("aria-valuetext", `${unit} ${text}`);
    this.find("readout").textContent = `${unit} ${text} of ${frames[this.last].text}`;
    this.canvases.forEach(({ canvas, name }, number) => {
      const { values, name: called } = pictures[number];
      const value = values[at] === undefined ? "" : ` ${format(values[at])}`;
      this.drawFrame(canvas, number, this.frame, this.scale);
      name.textContent = `${called}${value && ":"}${value}`;
      canvas.setAttribute("aria-label", `${called}, ${unit.toLowerCase()} ${text}:${value}`);
    });
    this.thumbs.forEach(({ button, frame }) => {
      const isNear = Math.abs(frame - this.frame) * 2 * Math.max(this.thumbs.length - 1, 1) <= this.last;
      button.setAttribute("aria-current", String(isNear));
    });
    if (this.data.curve) this.drawNow(at);
  }

  drawFrame(canvas, number, frame, scale) {
    const { width, height } = this.data;
    const context = cleared(canvas);
    const from = [frame * width, number * height, width, height];
    context.drawImage(this.film, ...from, 0, 0, width * scale, height * scale);
  }

  drawNow(at) {
    const value = this.data.pictures[this.pointed].values[at];
    this.lines.forEach((line, n) => line.setAttribute("class", n === this.pointed ? "" : "other"));
    const now = this.find("now");
    now.hidden = value === null || value === undefined;
    if (now.hidden) return;
    const [left, top] = this.placeOf(at, value);
    Object.assign(now.style, { left: `${left}%`, top: `${top}%` });
  }

  // ---- moving ---------------------------------------------------------------------------------

  point(at) {
    this.pointed = at;
    if (this.data.curve) this.drawNow(this.data.frames[this.frame].at);
  }

  go(frame) {
    this.frame = Math.min(Math.max(frame, 0), this.last);
    this.draw();
  }

  halt(frame) {
    this.stop();
    this.go(frame);
    const { name, values } = this.data.pictures[this.pointed];
    const { at, text } = this.data.frames[this.frame];
    this.say(`${this.data.unit} ${text}. ${name}: ${format(values[at])}`);
  }

  play(byItself = false) {
    if (this.frame === this.last) this.go(0);
    const pause = Math.min((1000 * SECONDS) / Math.max(this.last, 1), SLOWEST);
    this.byItself = byItself;
    this.timer = setInterval(() => {
      this.go(this.frame + 1);
      if (this.frame === this.last) this.stop();
    }, pause);
    this.sign(PAUSE, "Pause");
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.byItself = false;
    this.sign(PLAY, "Play");
  }

  destroy() {
    super.destroy();
    this.showing = null;
    clearInterval(this.timer);
  }

  sign(shape, words) {
    this.find("sign").setAttribute("d", shape);
    this.find("play").setAttribute("aria-label", words);
    this.find("play").title = words;
  }
}

function format(value) {
  if (value === null || value === undefined) return "no number";
  const size = Math.abs(value);
  const text = size >= 100 ? size.toFixed(0) : size >= 0.01 || size === 0 ? size.toFixed(2) : size.toExponential(1);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}
