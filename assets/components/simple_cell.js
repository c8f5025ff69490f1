/*
 * A bar of light on a screen, and a simple cell that watches it. The arithmetic is that of
 * cnnlib.simple_cell: a bar with smooth edges, light times weight, added up, and no rate below 0.
 *
 * data.size:   pixels to a side; data.field: the weights, float32 row by row, in base64
 * data.width, data.length: the bar's, in pixels; data.light: "light" or "dark"
 * data.peak:   spikes a second for a sum of 1
 * data.curve:  the highest rate at 0, 5, ... 175 degrees, float32 in base64
 * data.scale:  255 colours from the most negative value to the most positive, in base64
 */

const STEP = 5; // degrees
const SECONDS = 2; // of spikes on screen
const REACH = 22; // CSS pixels around the handle that turn the bar
const START = { row: 0.5, column: 0.5, angle: 0 }; // shares of the screen; degrees
const TURNS = { "[": -STEP, ",": -STEP, "]": STEP, ".": STEP };

export default mount(".cell", (root) => new Cell(root));

class Cell extends CellPictures {
  constructor(root) {
    super(root);
    this.spikes = []; // times of the last seconds
    this.clock = 0; // seconds that the cell has lived
    this.second = 0; // the last of them that was counted
    this.owed = exponential(); // expected spikes until the next one: makes a Poisson process
    this.listen();
  }

  listen() {
    const screen = this.find("screen");
    screen.onpointerdown = (event) => this.grab(event);
    screen.onpointermove = (event) => this.drag(event);
    screen.onpointerup = screen.onpointercancel = () => this.letGo();
    screen.onkeydown = (event) => this.press(event);
    this.find("angle").oninput = (event) => this.turn(Number(event.target.value));
    this.find("angle").onchange = () => this.speak();
    this.find("pause").onclick = () => this.pause();
    this.find("listen").onclick = () => this.hear();
    this.find("whole").onchange = () => this.drawCurve();
    this.find("clear").onclick = () => this.clear();
    this.watchSize(() => this.draw());
    this.watching = new IntersectionObserver((entries) => {
      this.seen = entries.at(-1).isIntersecting;
      this.go();
    });
    this.watching.observe(this.find("spikes"));
  }

  show(data) {
    const { field, width, light } = this.data ?? {};
    const same = data.field === field && data.width === width && data.light === light;
    this.data = data;
    this.readColours();
    if (!same) {
      this.field = readFloats(data.field);
      this.curve = readFloats(data.curve);
      this.scale = readBytes(data.scale);
      this.best = new Map();
      const middle = data.size - 1;
      this.bar ??= { row: START.row * middle, column: START.column * middle, angle: START.angle };
      this.measure();
    }
    this.draw();
    this.go();
  }

  destroy() {
    super.destroy();
    cancelAnimationFrame(this.frame);
    this.watching.disconnect();
    this.audio?.close();
  }

  readColours() {
    const style = getComputedStyle(this.root);
    const read = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise;
    this.colours = {
      text: read("text-color", "#333"),
      line: read("border-color", "#ccc"),
      accent: read("primary-color", "#0F766E"),
      family: style.fontFamily,
    };
  }

  /* The cell */

  /** The share of every pixel that the bar covers, and with it the sum that the cell makes. */
  measure() {
    const { size, width, length, light, peak } = this.data;
    const [down, right] = normal(this.bar.angle);
    this.image = new Float64Array(size * size);
    this.sum = 0;
    for (let row = 0, at = 0; row < size; row++) {
      for (let column = 0; column < size; column++, at++) {
        const [y, x] = [row - this.bar.row, column - this.bar.column];
        const across = Math.abs(right * x + down * y);
        const along = Math.abs(down * x - right * y);
        const share = clip(width / 2 - across + 0.5) * clip(length / 2 - along + 0.5);
        this.image[at] = light === "dark" ? 1 - share : share;
        this.sum += this.image[at] * this.field[at];
      }
    }
    this.rate = peak * Math.max(0, this.sum);
    const angle = this.degrees();
    this.best.set(angle, Math.max(this.rate, this.best.get(angle) ?? 0));
    Object.assign(this.root.dataset, {
      row: this.bar.row,
      column: this.bar.column,
      angle,
      rate: this.rate.toFixed(5),
      points: this.best.size,
    });
  }

  degrees() {
    return modulo(this.bar.angle, 180);
  }

  change(bar) {
    const last = this.data.size - 1;
    Object.assign(this.bar, bar);
    this.bar.row = Math.min(Math.max(this.bar.row, 0), last);
    this.bar.column = Math.min(Math.max(this.bar.column, 0), last);
    this.measure();
    this.draw();
  }

  turn(angle) {
    this.change({ angle: modulo(STEP * Math.round(angle / STEP), 360) });
  }

  clear() {
    this.best.clear();
    this.measure();
    this.draw();
  }

  /* Hands */

  place(event) {
    const box = this.find("screen").getBoundingClientRect();
    const unit = this.data.size / box.width;
    return {
      row: (event.clientY - box.top) * unit - 0.5,
      column: (event.clientX - box.left) * unit - 0.5,
      unit,
    };
  }

  grab(event) {
    const { row, column, unit } = this.place(event);
    const handle = this.handle();
    const near = Math.hypot(row - handle.row, column - handle.column) < REACH * unit;
    this.held = near
      ? { turning: true, side: handle.side }
      : { row: this.bar.row - row, column: this.bar.column - column };
    event.currentTarget.setPointerCapture(event.pointerId);
  }

  drag(event) {
    if (!this.held) return;
    const { row, column } = this.place(event);
    if (this.held.turning) {
      const [y, x] = [this.bar.row - row, column - this.bar.column];
      const angle = (Math.atan2(y, x) * 180) / Math.PI;
      this.turn(this.held.side < 0 ? angle + 180 : angle);
    } else {
      this.change({ row: this.held.row + row, column: this.held.column + column });
    }
  }

  letGo() {
    if (this.held) this.speak();
    this.held = undefined;
  }

  press(event) {
    if (event.key in TURNS) this.turn(this.bar.angle + TURNS[event.key]);
    else if (event.key in ARROWS) {
      const [down, right] = ARROWS[event.key].map((step) => step * (event.shiftKey ? 5 : 1));
      this.change({ row: this.bar.row + down, column: this.bar.column + right });
    } else return;
    event.preventDefault();
    this.speak();
  }

  /** Where the bar is taken to be turned: near one of its ends, on the screen. */
  handle() {
    const [down, right] = normal(this.bar.angle);
    const room = (side) => {
      let reach = this.data.length / 2 + 2;
      for (const [at, step] of [[this.bar.row, -right * side], [this.bar.column, down * side]]) {
        if (step > 1e-9) reach = Math.min(reach, (this.data.size - 2 - at) / step);
        if (step < -1e-9) reach = Math.min(reach, (1 - at) / step);
      }
      return reach;
    };
    const side = this.held?.side ?? (room(1) >= Math.min(room(-1), 8) ? 1 : -1);
    const reach = Math.max(room(side), 4);
    return {
      row: this.bar.row - right * side * reach,
      column: this.bar.column + down * side * reach,
      side,
    };
  }

  /* Spikes */

  pause() {
    this.paused = !this.paused;
    this.find("pause").setAttribute("aria-pressed", this.paused);
    this.find("pause").textContent = this.paused ? "Go on" : "Pause";
    this.go();
  }

  hear() {
    this.audible = !this.audible;
    this.find("listen").setAttribute("aria-pressed", this.audible);
    if (!this.audible) return;
    this.audio ??= new AudioContext();
    this.audio.resume();
    if (this.click) return;
    this.click = this.audio.createBuffer(1, Math.round(0.004 * this.audio.sampleRate), this.audio.sampleRate);
    const samples = this.click.getChannelData(0);
    samples.forEach((_, at) => (samples[at] = 0.5 * Math.exp((-6 * at) / samples.length) * (at % 2 ? -1 : 1)));
  }

  /** Have time pass for the cell while it can be seen firing, unless it is paused. */
  go() {
    if (this.frame || this.paused || !this.seen || !this.data) return;
    this.last = undefined;
    this.frame = requestAnimationFrame((now) => this.live(now));
  }

  live(now) {
    this.frame = 0;
    if (this.paused || !this.seen) return;
    const passed = Math.min((now - (this.last ?? now)) / 1000, 0.1);
    this.last = now;
    this.fire(passed);
    this.frame = requestAnimationFrame((then) => this.live(then));
  }

  /** Let time pass. Spikes come where the rate, added up over time, has used up what is owed. */
  fire(passed) {
    this.owed -= this.rate * passed;
    while (this.owed < 0) {
      this.spikes.push(this.clock + passed + this.owed / this.rate);
      this.owed += exponential();
      if (this.audible) this.tick(this.spikes.at(-1) - this.clock);
    }
    this.clock += passed;
    this.spikes = this.spikes.filter((time) => time > this.clock - SECONDS);
    const second = Math.floor(this.clock);
    if (second > this.second) {
      this.second = second;
      const count = this.spikes.filter((time) => time > second - 1 && time <= second).length;
      this.find("counted").textContent = `· ${count} counted in the last second`;
      this.root.dataset.counted = count;
      if (this.still) this.drawSpikes();
    }
    if (!this.still) this.drawSpikes();
  }

  tick(delay) {
    const source = this.audio.createBufferSource();
    source.buffer = this.click;
    source.connect(this.audio.destination);
    source.start(this.audio.currentTime + Math.max(delay, 0));
  }

  /* Words */

  speak() {
    const { row, column } = this.bar;
    const where = `row ${Math.round(row) + 1}, column ${Math.round(column) + 1}`;
    this.find("spoken").textContent =
      `Bar at ${this.degrees()} degrees, ${where}: ${Math.round(this.rate)} spikes a second.`;
  }

  write() {
    const size = Math.abs(this.sum).toFixed(2);
    this.find("sum").textContent = this.sum < 0 && Number(size) ? `−${size}` : size;
    this.find("rate").textContent =
      this.sum <= 0 ? "0, it is silent" : `${this.rate.toFixed(1)} spikes a second`;
    this.find("angle").value = this.degrees();
    this.find("degrees").textContent = `${this.degrees()}°`;
    this.find("points").textContent = `· ${this.best.size} of ${180 / STEP} angles tried`;
    this.find("curve").setAttribute("aria-label", this.describeCurve());
  }

  describeCurve() {
    const [angle, rate] = [...this.best].reduce((a, b) => (b[1] > a[1] ? b : a));
    const most = `the most so far is ${Math.round(rate)} spikes a second at ${angle} degrees`;
    return `Spikes a second against the bar's angle, ${this.best.size} points; ${most}.`;
  }
}

/** The direction across a bar: rows down, columns to the right. */
function normal(angle) {
  const radians = (angle * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
}

function clip(share) {
  return Math.min(Math.max(share, 0), 1);
}

function modulo(number, base) {
  return ((number % base) + base) % base;
}

function exponential() {
  return -Math.log(1 - Math.random());
}
