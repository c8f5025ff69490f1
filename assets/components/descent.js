/*
 * Optimizers racing down a surface. Python computes the paths (cnnlib.descent); this plays them, and
 * tells Python where a reader wants to start, and at which step they stopped to look.
 *
 * data.surface: { name, title, left, right, bottom, top, lowest }
 * data.levels:  how high the ground is drawn, 0 to 65,535, uint16 (size x size) in base64, row 0 on top
 * data.minima:  [{ x, y }]; data.start: { x, y }; data.steps: as many as a path may have
 * data.paths:   [{ name, title, points, values, diverged }]: float64 in base64, x y x y ..., and the
 *               heights; `diverged` is the step that led too far away, or null
 */

const SECONDS = 9; // that a race takes
const MOVES = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const STEPS = { ",": -1, "[": -1, ".": 1, "]": 1 };
const KEYS_MS = 250; // so long after the last key Python is told

export default mount(".race", (root) => new Race(root));

class Race extends RacePictures {
  constructor(root) {
    super(root);
    this.hidden = new Set(); // names of paths that are not shown
    this.listen();
  }

  listen() {
    const map = this.find("map");
    map.onclick = (event) => this.click(event);
    map.onkeydown = (event) => this.press(event);
    this.find("play").onclick = () => (this.playing ? this.pause() : this.play());
    this.find("back").onclick = () => this.jump(Math.ceil(this.at) - 1);
    this.find("on").onclick = () => this.jump(Math.floor(this.at) + 1);
    this.find("scrub").oninput = (event) => this.jump(Number(event.target.value), { speak: false });
    this.find("scrub").onchange = () => this.speak();
    this.watchSize(() => this.draw());
  }

  show(data, trigger, setState) {
    Object.assign(this, { trigger, setState });
    const changed = this.raw !== JSON.stringify(data);
    const surface = this.data?.surface.name;
    this.raw = JSON.stringify(data);
    this.data = data;
    this.readColours();
    if (changed) {
      this.levels = Float64Array.from(new Uint16Array(readBytes(data.levels).buffer), (level) => level / 65535);
      this.paths = data.paths.map((path, at) => ({
        ...path,
        look: LOOKS[at % LOOKS.length],
        points: new Float64Array(readBytes(path.points).buffer),
        values: new Float64Array(readBytes(path.values).buffer),
      }));
      this.start = { ...data.start };
      this.waiting = false;
      this.drawBoard();
      this.arrive(surface !== data.surface.name);
    }
    this.ground = undefined; // the theme may be another
    this.draw();
  }

  /** New paths are here: race if a start was asked for, else stay at the step. */
  arrive(elsewhere) {
    const asked = this.asked;
    this.asked = false;
    if (this.at === undefined || (elsewhere && !asked)) this.at = this.data.steps;
    this.at = Math.min(this.at, this.data.steps);
    if (!asked) return;
    this.at = this.still ? this.data.steps : 0;
    if (this.still) this.settle();
    else this.play();
  }

  destroy() {
    super.destroy();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    clearTimeout(this.telling);
  }

  readColours() {
    const style = getComputedStyle(this.root);
    const read = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise;
    const paths = read("chart-categorical-colors", "#0F766E,#B45309,#1D4ED8,#7C3AED,#BE185D");
    this.colours = {
      text: read("text-color", "#333"),
      back: read("background-color", "#fff"),
      line: read("border-color", "#ccc"),
      paths: paths.split(",").map((colour) => colour.trim()),
      family: style.fontFamily,
    };
    const back = channels(this.colours.back);
    const dark = back[0] + back[1] + back[2] < 384;
    this.low = dark ? [17, 24, 26] : [250, 252, 252];
    this.high = dark ? [58, 74, 80] : [196, 209, 212];
  }

  /* Time */

  play() {
    if (this.at >= this.data.steps) this.at = 0;
    this.playing = true;
    this.last = undefined;
    this.find("play").textContent = "Pause";
    this.root.dataset.playing = true;
    this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    const passed = Math.min((now - (this.last ?? now)) / 1000, 0.1);
    this.last = now;
    this.at = Math.min(this.at + (passed * this.data.steps) / SECONDS, this.data.steps);
    this.draw();
    if (this.at >= this.data.steps) this.pause();
    else this.frame = requestAnimationFrame((then) => this.tick(then));
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.playing = false;
    this.find("play").textContent = "Play";
    delete this.root.dataset.playing;
    this.at = Math.floor(this.at);
    this.draw();
    this.settle();
  }

  jump(step, { speak = true } = {}) {
    if (this.playing) this.pause();
    this.at = Math.min(Math.max(step, 0), this.data.steps);
    this.draw();
    this.settle({ speak });
  }

  /** A step to look at: it is spoken, and Python writes its formulas. */
  settle({ speak = true } = {}) {
    if (speak) this.speak();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.setState("step", Math.floor(this.at)), KEYS_MS);
  }

  /* Hands */

  click(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const { left, right, bottom, top } = this.data.surface;
    this.ask({
      x: left + ((event.clientX - box.left) / box.width) * (right - left),
      y: top - ((event.clientY - box.top) / box.height) * (top - bottom),
    });
  }

  press(event) {
    if (event.key in MOVES) {
      const { left, right } = this.data.surface;
      const length = ((right - left) / 80) * (event.shiftKey ? 5 : 1);
      const [x, y] = MOVES[event.key].map((way) => way * length);
      this.ask({ x: this.start.x + x, y: this.start.y + y }, KEYS_MS);
    } else if (event.key in STEPS) this.jump(Math.floor(this.at) + STEPS[event.key]);
    else if (event.key === " " || event.key === "Enter") this.find("play").click();
    else return;
    event.preventDefault();
  }

  /** Start there. Python is asked for the paths once the hand rests. */
  ask({ x, y }, rest = 0) {
    const { left, right, bottom, top } = this.data.surface;
    const start = {
      x: Number(Math.min(Math.max(x, left), right).toFixed(2)),
      y: Number(Math.min(Math.max(y, bottom), top).toFixed(2)),
    };
    if (this.playing) this.pause();
    clearTimeout(this.telling);
    clearTimeout(this.timer);
    this.start = start;
    const same = start.x === this.data.start.x && start.y === this.data.start.y;
    this.waiting = !same;
    if (same) this.at = 0;
    this.draw();
    this.find("spoken").textContent = `Start at x ${start.x}, y ${start.y}.`;
    this.timer = setTimeout(() => {
      this.asked = !same;
      if (!same) this.trigger("start", start);
      else if (!this.still) this.play();
      else this.jump(this.data.steps);
    }, rest);
  }

  /* Words */

  speak() {
    const states = this.shown().map((path) => `${path.title} ${this.note(path).spoken}`);
    this.find("spoken").textContent = `Step ${Math.floor(this.at)}. ${states.join("; ")}.`;
  }

  shown() {
    return this.paths.filter((path) => !this.hidden.has(path.name));
  }

  /** Where a path is at this step, in numbers and words. */
  note(path) {
    const step = Math.min(Math.floor(this.at), path.values.length - 1);
    const [x, y] = path.points.subarray(2 * step, 2 * step + 2);
    const height = path.values[step] - this.data.surface.lowest;
    const gone = path.diverged !== null && this.at >= path.diverged;
    return {
      x,
      y,
      gone,
      written: gone ? ["diverged ", `at step ${path.diverged}`] : [short(height), `${fixed(x)}, ${fixed(y)}`],
      spoken: gone ? `diverged at step ${path.diverged}` : `height ${short(height)}`,
    };
  }

  drawBoard() {
    const board = this.find("board");
    const names = this.paths.map((path) => path.name).join();
    if (board.dataset.names === names) return;
    board.dataset.names = names;
    board.replaceChildren(...this.paths.map((path) => this.boardRow(path)));
  }

  boardRow(path) {
    const row = document.createElement("tr");
    row.dataset.name = path.name;
    row.innerHTML =
      '<th scope="row"><label><input type="checkbox" checked><canvas aria-hidden="true"></canvas><span></span></label></th><td></td><td></td>';
    row.querySelector("span").textContent = path.title;
    const box = row.querySelector("input");
    box.onchange = () => {
      if (box.checked) this.hidden.delete(path.name);
      else this.hidden.add(path.name);
      this.draw();
    };
    return row;
  }

  write() {
    const step = Math.floor(this.at);
    this.find("count").textContent = `Step ${step} of ${this.data.steps}`;
    const scrub = this.find("scrub");
    scrub.max = this.data.steps;
    scrub.value = step;
    const places = {};
    this.paths.forEach((path) => {
      const note = this.note(path);
      const row = this.find("board").querySelector(`[data-name="${path.name}"]`);
      row.querySelectorAll("td").forEach((cell, at) => (cell.textContent = note.written[at]));
      places[path.name] = [note.x, note.y];
    });
    const { title } = this.data.surface;
    this.find("map").setAttribute(
      "aria-label",
      `${title}, seen from above, with the optimizers' paths; start at x ${this.start.x}, y ${this.start.y}. ` +
        "Arrow keys move the start, with Shift five times as far; Space plays; comma and full stop go a step back and on.",
    );
    this.find("curve").setAttribute(
      "aria-label",
      `Height against steps: at step ${step} ${this.shown().map((path) => `${path.title} ${this.note(path).spoken}`).join(", ")}.`,
    );
    Object.assign(this.root.dataset, {
      step,
      surface: this.data.surface.name,
      start: `${this.start.x},${this.start.y}`,
      waiting: this.waiting,
      places: JSON.stringify(places),
    });
  }
}

function short(value) {
  if (Math.abs(value) < 1e-15) return "0";
  if (Math.abs(value) < 1e-3) return value.toExponential(1);
  return Math.abs(value) < 100 ? value.toFixed(4) : value.toPrecision(4);
}

function fixed(value) {
  const text = Math.abs(value) < 1000 ? Math.abs(value).toFixed(2) : Math.abs(value).toPrecision(3);
  return value < 0 && Number(text) ? `−${text}` : text;
}

/** "#rrggbb" or "rgb(r, g, b)" as three numbers. */
function channels(colour) {
  if (colour.startsWith("#")) return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return (colour.match(/\d+/g) ?? [255, 255, 255]).slice(0, 3).map(Number);
}
