/*
 * One channel of an image three times: raw, scaled, standardised. Point at a pixel in one of them,
 * and its number is followed through, with the sums.
 *
 * data.title: what the image is; data.channel: the channel's name, or empty
 * data.height, data.width; data.levels: a byte a pixel, row by row, in base64
 * data.mean, data.deviation: of the channel over all training images, on the scale from 0 to 1
 * data.palette: 255 colours for signed values, three bytes each, in base64
 * data.row, data.column: where to begin
 *
 * Everything stays in the browser.
 */

const HIGHEST = 255;
const SIDE = 280; // pixels of a picture
const EDGE = 2; // pixels around it that the frame of a pixel at the edge needs
const GAP = 24; // pixels between pictures, as in the style
const LEAST_UNIT = 5; // pixels of the screen to a pixel, below which pictures stand one by one
const PANELS = ["Raw", "Scaled", "Standardised"];

export default mount(".rescale", (root) => new Rescale(root));

class Rescale extends Component {
  constructor(root) {
    super(root);
    this.panels = PANELS.map((name) => this.panel(name));
    this.rows = PANELS.map((name) => this.row(name));
    this.watchSize(() => this.arrange());
  }

  panel(name) {
    const figure = document.createElement("figure");
    const [caption, range] = [document.createElement("figcaption"), document.createElement("span")];
    const canvas = document.createElement("canvas");
    range.className = "range";
    caption.append(name, " ", range);
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", name); // before there is anything to show
    follow(canvas, (event) => this.point(event));
    canvas.onkeydown = (event) => this.press(event);
    figure.append(caption, canvas);
    this.find("panels").append(figure);
    return { name, range, canvas };
  }

  row(name) {
    const row = document.createElement("tr");
    const [head, sum, number] = ["th", "td", "td"].map((tag) => document.createElement(tag));
    head.scope = "row";
    head.textContent = name;
    sum.className = "sum";
    number.className = "number";
    row.append(head, sum, number);
    this.find("steps").append(row);
    return { sum, number };
  }

  show(data) {
    this.data = data;
    this.levels = readBytes(data.levels);
    this.palette = readBytes(data.palette);
    const standard = (level) => (level / HIGHEST - data.mean) / data.deviation;
    this.limit = Math.max(Math.abs(standard(0)), Math.abs(standard(HIGHEST)));
    this.standard = standard;
    const grey = paint(data.width, data.height, (at, dots, place) =>
      dots.fill(this.levels[at], place, place + 3));
    const signed = paint(data.width, data.height, (at, dots, place) => {
      const shade = 3 * Math.round(127 + 127 * (standard(this.levels[at]) / this.limit));
      dots.set(this.palette.subarray(shade, shade + 3), place);
    });
    this.images = [grey, grey, signed];
    this.find("panels").setAttribute("aria-label", `${data.title}: raw, scaled and standardised`);
    const ranges = ["0 to 255", "0 to 1", `${text(standard(0), 2)} to ${text(standard(HIGHEST), 2)}`];
    this.panels.forEach(({ name, range, canvas }, at) => {
      range.textContent = ranges[at];
      const what = data.channel ? `${data.title}, ${data.channel}` : data.title;
      canvas.setAttribute("aria-label", `${name}: ${what}, ${ranges[at]}. Arrow keys move the pixel.`);
    });
    const keep = this.place && this.place.row < data.height && this.place.column < data.width;
    if (!keep) this.place = { row: data.row, column: data.column };
    this.arrange();
  }

  arrange() {
    const room = this.find("panels").clientWidth;
    if (room <= 0) return;
    const { width, height } = this.data;
    const most = Math.max(width, height);
    const unitIn = (space) => Math.max(1, Math.floor((Math.min(SIDE, space) - 2 * EDGE) / most));
    const beside = unitIn((room - (PANELS.length - 1) * GAP) / PANELS.length);
    this.unit = beside < LEAST_UNIT ? unitIn(room) : beside;
    const size = (pixels) => pixels * this.unit + 2 * EDGE;
    for (const { canvas } of this.panels) sizeTo(canvas, size(width), size(height));
    this.draw();
  }

  draw() {
    const { width, height } = this.data;
    const { row, column } = this.place;
    this.panels.forEach(({ canvas }, at) => {
      const context = cleared(canvas);
      context.drawImage(this.images[at], EDGE, EDGE, width * this.unit, height * this.unit);
      outline(context, EDGE + column * this.unit, EDGE + row * this.unit, this.unit, this.unit);
    });
    this.write();
  }

  write() {
    const { mean, deviation, width } = this.data;
    const { row, column } = this.place;
    const level = this.levels[row * width + column];
    const scaled = level / HIGHEST;
    const standard = this.standard(level);
    const sums = [
      `row ${row + 1}, column ${column + 1}`,
      `${level} / ${HIGHEST}`,
      `(${text(scaled)} − ${text(mean)}) / ${text(deviation)}`,
    ];
    const numbers = [`${level}`, text(scaled), text(standard)];
    this.rows.forEach(({ sum, number }, at) => {
      sum.textContent = sums[at];
      number.textContent = numbers[at];
    });
    this.say(`Row ${row + 1}, column ${column + 1}: ${level}; scaled ${numbers[1]}; `
      + `standardised ${numbers[2]}.`);
  }

  point(event) {
    const at = (offset) => Math.floor((offset - EDGE) / this.unit);
    this.aim(at(event.offsetY), at(event.offsetX));
  }

  aim(row, column) {
    const { height, width } = this.data;
    this.place = { row: within(row, height), column: within(column, width) };
    this.drawSoon();
  }

  press(event) {
    const next = cellAfterArrow(event, this.place, this.data);
    if (!next) return;
    this.aim(next.row, next.column);
    event.preventDefault();
  }
}

/** A number with a true minus sign. */
function text(number, digits = 4) {
  return number.toFixed(digits).replace("-", "−");
}
