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
const BRIGHT = "#2DD4BF"; // the accent of the dark theme: it shows on pictures in either
const TURNS = { "[": -STEP, ",": -STEP, "]": STEP, ".": STEP };
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export default mount(".cell", (root) => new Cell(root));

class Cell extends Component {
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
    this.watching = new IntersectionObserver((entries) => (this.seen = entries.at(-1).isIntersecting));
    this.watching.observe(this.find("spikes"));
  }

  show(data) {
    const { field, width, light } = this.data ?? {};
    const same = data.field === field && data.width === width && data.light === light;
    this.data = data;
    this.readColours();
    if (!same) {
      this.field = floats(data.field);
      this.curve = floats(data.curve);
      this.scale = bytes(data.scale);
      this.best = new Map();
      const middle = data.size - 1;
      this.bar ??= { row: START.row * middle, column: START.column * middle, angle: START.angle };
      this.measure();
    }
    this.draw();
    this.frame ??= requestAnimationFrame((now) => this.live(now));
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
    else if (event.key in MOVES) {
      const [down, right] = MOVES[event.key].map((step) => step * (event.shiftKey ? 5 : 1));
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

  live(now) {
    const passed = Math.min((now - (this.last ?? now)) / 1000, 0.1);
    this.last = now;
    if (!this.paused && this.seen) this.fire(passed);
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

  /* Pictures */

  draw() {
    const { size } = this.data;
    const light = this.paint((at) => Array(3).fill(Math.round(255 * this.image[at])));
    const strongest = this.field.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-12);
    const signed = (value) => {
      const at = 3 * (127 + Math.round((127 * value) / strongest));
      return this.scale.subarray(at, at + 3);
    };
    const weights = this.paint((at) => signed(this.field[at]));
    const products = this.paint((at) => signed(this.field[at] * this.image[at]));
    this.drawPicture("screen", light);
    this.drawHandle();
    const context = this.drawPicture("field", weights);
    this.outlineBar(context, context.canvas.width / size);
    this.drawPicture("products", products);
    this.drawSpikes();
    this.drawCurve();
    this.write();
  }

  paint(colour) {
    const { size } = this.data;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size;
    const context = canvas.getContext("2d");
    const dots = context.createImageData(size, size);
    for (let at = 0; at < size * size; at++) {
      const [red, green, blue] = colour(at);
      dots.data.set([red, green, blue, 255], 4 * at);
    }
    context.putImageData(dots, 0, 0);
    return canvas;
  }

  drawPicture(name, image) {
    const context = fit(this.find(name));
    context.imageSmoothingEnabled = false;
    context.drawImage(image, 0, 0, context.canvas.width, context.canvas.height);
    return context;
  }

  drawHandle() {
    const context = this.find("screen").getContext("2d");
    const unit = context.canvas.width / this.data.size;
    const ratio = window.devicePixelRatio || 1;
    const { row, column } = this.handle();
    context.beginPath();
    context.arc((column + 0.5) * unit, (row + 0.5) * unit, 9 * ratio, 0, 2 * Math.PI);
    context.fillStyle = BRIGHT;
    context.fill();
    context.lineWidth = 2 * ratio;
    context.strokeStyle = "#11181A";
    context.stroke();
  }

  outlineBar(context, unit) {
    const { width, length } = this.data;
    const ratio = window.devicePixelRatio || 1;
    context.save();
    context.translate((this.bar.column + 0.5) * unit, (this.bar.row + 0.5) * unit);
    context.rotate((-this.bar.angle * Math.PI) / 180);
    for (const [thick, colour] of [[4, "rgba(255, 255, 255, 0.75)"], [2, "#11181A"]]) {
      context.lineWidth = thick * ratio;
      context.strokeStyle = colour;
      context.strokeRect((-length / 2) * unit, (-width / 2) * unit, length * unit, width * unit);
    }
    context.restore();
  }

  drawSpikes() {
    const context = fit(this.find("spikes"));
    const { width, height } = context.canvas;
    context.clearRect(0, 0, width, height);
    context.strokeStyle = this.colours.text;
    context.lineWidth = 1.5 * (window.devicePixelRatio || 1);
    context.beginPath();
    for (const time of this.spikes) {
      const x = width * (1 - (this.clock - time) / SECONDS);
      context.moveTo(x, 0.15 * height);
      context.lineTo(x, 0.85 * height);
    }
    context.stroke();
  }

  drawCurve() {
    const context = fit(this.find("curve"));
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = context.canvas;
    const [left, right, top, bottom] = [40, 20, 28, 38].map((gap) => gap * ratio);
    const x = (angle) => left + (angle / 180) * (width - left - right);
    const y = (rate) => height - bottom - (rate / this.data.peak) * (height - top - bottom);
    context.clearRect(0, 0, width, height);
    this.drawAxes(context, x, y, ratio);
    if (this.find("whole").checked) this.drawWhole(context, x, y, ratio);
    for (const [angle, rate] of this.best) {
      const now = angle === this.degrees();
      context.beginPath();
      context.arc(x(angle), y(rate), (now ? 6 : 4) * ratio, 0, 2 * Math.PI);
      context.fillStyle = now ? this.colours.accent : this.colours.text;
      context.fill();
    }
  }

  drawAxes(context, x, y, ratio) {
    context.font = `${12 * ratio}px ${this.colours.family}`;
    context.fillStyle = this.colours.text;
    context.strokeStyle = this.colours.line;
    context.lineWidth = ratio;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (let rate = 0; rate <= this.data.peak; rate += this.data.peak / 4) {
      context.beginPath();
      context.moveTo(x(0), y(rate));
      context.lineTo(x(180), y(rate));
      context.stroke();
      context.fillText(rate, x(0) - 11 * ratio, y(rate));
    }
    context.textAlign = "center";
    for (let angle = 0; angle <= 180; angle += 45) context.fillText(`${angle}°`, x(angle), y(0) + 15 * ratio);
    context.fillText("angle of the bar", x(90), y(0) + 31 * ratio);
    context.textAlign = "left";
    context.fillText("spikes a second", x(0) - 36 * ratio, y(this.data.peak) - 19 * ratio);
  }

  drawWhole(context, x, y, ratio) {
    context.strokeStyle = this.colours.accent;
    context.lineWidth = 2 * ratio;
    context.beginPath();
    [...this.curve, this.curve[0]].forEach((rate, at) => context.lineTo(x(STEP * at), y(rate)));
    context.stroke();
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

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function floats(text) {
  return new Float32Array(bytes(text).buffer);
}

/** Size a canvas to the screen's own dots. */
function fit(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  return canvas.getContext("2d");
}
