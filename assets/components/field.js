/*
 * What a cell of a layer sees of the image: point at a cell, and its square is outlined.
 *
 * data.image: {height, width, pixels}, RGB bytes row by row in base64
 * data.layer, data.input: what the layer and the image are called
 * data.map: {height, width, levels}, a byte a cell; data.palette: three bytes a level; both base64
 * data.side, data.jump, data.start: the square of cell (row, column) starts at start + cell * jump
 *   and has `side` pixels; data.start is [row, column]
 *
 * Everything stays in the browser.
 */

const SIDE = 320; // pixels of either picture
const MARGIN = 8; // pixels around the image that a square in the padding shows in

export default mount(".field", (root) => new Field(root));

class Field extends Component {
  constructor(root) {
    super(root);
    this.panels = root.querySelector(".panels");
    const map = this.find("map");
    follow(map, (event) => this.point(event));
    map.onkeydown = (event) => this.press(event);
    this.watchSize(() => this.arrange());
  }

  show(data) {
    const before = this.data;
    this.data = data;
    const { image, map } = data;
    const pixels = readBytes(image.pixels);
    this.image = paint(image.width, image.height, (at, dots, place) =>
      dots.set(pixels.subarray(3 * at, 3 * at + 3), place));
    const [levels, palette] = [readBytes(map.levels), readBytes(data.palette)];
    this.map = paint(map.width, map.height, (at, dots, place) =>
      dots.set(palette.subarray(3 * levels[at], 3 * levels[at] + 3), place));
    this.find("input").textContent = data.input;
    this.find("layer").textContent = data.layer;
    this.find("image").setAttribute("aria-label", data.input);
    this.find("map").setAttribute("aria-label", `${data.layer}. Arrow keys move the cell.`);
    const middle = { row: Math.floor(map.height / 2), column: Math.floor(map.width / 2) };
    // The same place of the image in another layer.
    const share = (at, all, now) => Math.min(Math.floor(((at + 0.5) / all) * now), now - 1);
    this.cell = before ? {
      row: share(this.cell.row, before.map.height, map.height),
      column: share(this.cell.column, before.map.width, map.width),
    } : middle;
    this.arrange();
  }

  arrange() {
    const room = Math.min(SIDE, this.panels.clientWidth);
    if (room <= 0) return;
    const { image, map } = this.data;
    const unit = (size, space) => Math.max(1, Math.floor(space / Math.max(size.width, size.height)));
    this.pixel = unit(image, room - 2 * MARGIN);
    this.unit = unit(map, room - 2 * MARGIN);
    const fill = (name, { width, height }, unit, margin) =>
      sizeTo(this.find(name), width * unit + 2 * margin, height * unit + 2 * margin);
    fill("image", image, this.pixel, MARGIN);
    fill("map", map, this.unit, 1);
    this.draw();
  }

  /** First and last row and column of the square, where the image has them. */
  square() {
    const { side, jump, start, image } = this.data;
    const range = (at, first, all) => {
      const from = first + at * jump;
      return { from, to: from + side - 1, seen: [Math.max(from, 0), Math.min(from + side, all) - 1] };
    };
    return {
      rows: range(this.cell.row, start[0], image.height),
      columns: range(this.cell.column, start[1], image.width),
    };
  }

  draw() {
    const { side, image, map } = this.data;
    const { rows, columns } = this.square();
    const [picture, grid] = ["image", "map"].map((name) => this.find(name));
    const context = cleared(picture);
    context.drawImage(this.image, MARGIN, MARGIN, image.width * this.pixel, image.height * this.pixel);
    this.veil(context, rows.seen, columns.seen);
    const box = [columns.seen, rows.seen].map(([first, last]) =>
      [MARGIN + first * this.pixel, (last - first + 1) * this.pixel]);
    outline(context, box[0][0], box[1][0], box[0][1], box[1][1]);
    const cells = cleared(grid);
    cells.drawImage(this.map, 1, 1, map.width * this.unit, map.height * this.unit);
    const { row, column } = this.cell;
    outline(cells, 1 + column * this.unit, 1 + row * this.unit, this.unit, this.unit);
    const cut = [rows, columns].some(({ from, to, seen }) => from < seen[0] || to > seen[1]);
    const span = ({ seen }) => `${seen[0] + 1} to ${seen[1] + 1}`;
    const words = `Row ${row + 1}, column ${column + 1} sees rows ${span(rows)} and columns `
      + `${span(columns)} of the image${cut ? `; of its ${side} × ${side} the rest is padding` : ""}.`;
    this.find("readout").textContent = words;
    this.say(words);
  }

  /** Dim what the cell does not see. */
  veil(context, [top, bottom], [left, right]) {
    const { image } = this.data;
    const [wide, high] = [image.width * this.pixel, image.height * this.pixel];
    context.save();
    context.beginPath();
    context.rect(MARGIN, MARGIN, wide, high);
    context.rect(MARGIN + left * this.pixel, MARGIN + top * this.pixel,
      (right - left + 1) * this.pixel, (bottom - top + 1) * this.pixel);
    context.clip("evenodd");
    context.fillStyle = "rgba(128, 128, 128, 0.6)";
    context.fillRect(MARGIN, MARGIN, wide, high);
    context.restore();
  }

  point(event) {
    this.aim(Math.floor((event.offsetY - 1) / this.unit), Math.floor((event.offsetX - 1) / this.unit));
  }

  aim(row, column) {
    const { height, width } = this.data.map;
    this.cell = { row: within(row, height), column: within(column, width) };
    this.drawSoon();
  }

  press(event) {
    const next = cellAfterArrow(event, this.cell, this.data.map);
    if (!next) return;
    this.aim(next.row, next.column);
    event.preventDefault();
  }
}
