/*
 * What is drawn of a simple cell and its bar; set between canvas.js and simple_cell.js, whose class
 * knows the bar, the sum and the spikes.
 */

class CellPictures extends Component {
  draw() {
    const { size } = this.data;
    const picture = (colour) => paint(size, size, (at, dots, place) => dots.set(colour(at), place));
    const light = picture((at) => Array(3).fill(Math.round(255 * this.image[at])));
    const strongest = this.field.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-12);
    const signed = (value) => {
      const at = 3 * (127 + Math.round((127 * value) / strongest));
      return this.scale.subarray(at, at + 3);
    };
    const weights = picture((at) => signed(this.field[at]));
    const products = picture((at) => signed(this.field[at] * this.image[at]));
    this.drawPicture("screen", light);
    this.drawHandle();
    const context = this.drawPicture("field", weights);
    this.outlineBar(context, context.canvas.width / size);
    this.drawPicture("products", products);
    this.drawSpikes();
    this.drawCurve();
    this.write();
  }

  drawPicture(name, image) {
    const context = fit(this.find(name));
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
