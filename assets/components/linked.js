/*
 * Pictures of numbers that belong together cell by cell: pointing at a cell in one marks what it
 * has to do with in the others, and writes the arithmetic out. Nothing goes to the server but the
 * choice of a kernel's weight.
 *
 * data.title: what the pictures are together, for a screen reader
 * data.mode: how they belong together
 *   "products": three of one size; each cell of the third is the product of those of the others
 *   "windows": what a pooling received, the gradient that arrives, what it passes back
 *   "correlation": an input channel, the gradient at the sums, their products for one weight, and
 *     the kernel's gradient, each cell of which is the sum of such products
 * data.pictures: {title, caption, height, width, values, scale, limit, border} from left to right
 *   values: little-endian float32 in base64, row by row
 *   scale: "signed", "magnitude" or "grey"; limit: the magnitude with the last colour
 *   border: [top, bottom, left, right] cells of padding around it
 * data.operators: what stands between two pictures
 * data.side: screen pixels a picture may take
 * data.palettes: {signed, magnitude}: three bytes a colour, in base64
 * data.hint: what is said while nothing is pointed at
 * of windows: data.window, data.stride, data.start: [down, across], the last is where the first
 *   window begins; data.winners: for each window row * width + column, little-endian int32 in
 *   base64, or "" where all cells of a window get equal parts
 * of a correlation: data.stride; data.weight: the chosen [row, column] of the kernel
 *
 * Sends the trigger `weight`, row * width + column of the weight that was chosen.
 */

const MINUS = "\u2212";
const OPERATOR = 26; // pixels between two pictures
const LEAST = 0.55; // of the side: smaller only where there is no room
const WRITTEN = 46; // pixels of a cell in which its number can be read
const LISTED = 5; // products that are written out

export default mount(".linked", (root) => new Linked(root));

class Linked extends Component {
  constructor(root) {
    super(root);
    this.watchSize(() => this.arrange());
    document.fonts.ready.then(() => this.data && this.draw());
  }

  show(data, trigger) {
    this.trigger = trigger;
    const key = JSON.stringify([data.mode, data.pictures.map(({ title, height, width }) => [title, height, width])]);
    const isNew = key !== this.key;
    const asked = String(data.weight);
    this.data = data;
    this.key = key;
    this.palettes = { signed: readBytes(data.palettes.signed), magnitude: readBytes(data.palettes.magnitude) };
    this.values = data.pictures.map(({ values }) => new Float32Array(readBytes(values).buffer));
    if (isNew) this.makePanels();
    if (isNew || asked !== this.asked) this.weight = data.weight;
    this.asked = asked;
    this.link = new MODES[data.mode](this);
    this.parts.forEach((part, n) => this.name(part, n));
    this.find("panels").setAttribute("aria-label", data.title);
    this.find("ledger").hidden = !this.link.ledger;
    this.arrange();
  }

  makePanels() {
    this.at = null; // {panel, row, column}
    const { pictures, operators } = this.data;
    this.parts = pictures.map((picture, n) => this.makePanel(n));
    const items = this.parts.map(({ figure }, n) => {
      const sign = make("span", "operator");
      sign.textContent = n ? operators[n - 1] : "";
      sign.setAttribute("aria-hidden", "true");
      const item = make("div", "item");
      item.append(sign, figure);
      return item;
    });
    this.find("panels").replaceChildren(...items);
  }

  makePanel(n) {
    const figure = make("figure");
    const [title, canvas, legend] = [make("span", "title"), make("canvas"), make("span", "legend")];
    const [low, ramp, high, caption] = [make("span"), make("span", "ramp"), make("span"), make("span", "caption")];
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    follow(canvas, (event) => this.point(n, event));
    canvas.onpointerleave = () => this.aim(null);
    canvas.onblur = () => this.aim(null);
    canvas.onkeydown = (event) => this.press(n, event);
    canvas.onclick = () => this.choose(n);
    legend.append(low, ramp, high);
    figure.append(title, canvas, legend, caption);
    return { figure, title, canvas, low, ramp, high, caption };
  }

  name({ title, canvas, low, ramp, high, caption, figure }, n) {
    const picture = this.data.pictures[n];
    const { scale, limit } = picture;
    title.textContent = picture.title;
    caption.textContent = picture.caption;
    canvas.setAttribute("aria-label", `${picture.title}: arrow keys read cell by cell`);
    low.textContent = scale === "signed" ? format(-limit) : "0";
    high.textContent = format(limit);
    const from = scale === "signed" ? -1 : 0;
    const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => this.colour(scale, from + share * (1 - from)));
    ramp.style.background = `linear-gradient(to right, ${stops.map((c) => `rgb(${[...c]})`)})`;
    figure.className = this.link.isChoosable(n) ? "choosable" : "";
  }

  colour(scale, share) {
    const up = Number.isFinite(share) ? Math.min(Math.max(share, -1), 1) : 0;
    if (scale === "grey") return new Uint8Array(3).fill(Math.round(255 * Math.max(up, 0)));
    const colours = this.palettes[scale];
    const last = colours.length / 3 - 1;
    const level = Math.round((scale === "signed" ? (up + 1) / 2 : Math.max(up, 0)) * last);
    return colours.subarray(3 * level, 3 * level + 3);
  }

  // ---- drawing --------------------------------------------------------------------------------

  arrange() {
    const { side, pictures } = this.data;
    const room = this.find("panels").clientWidth;
    if (room <= 0) return;
    const count = pictures.length;
    const fitting = Math.floor((room + OPERATOR) / (side * LEAST + OPERATOR));
    const columns = Math.max(1, fitting >= count ? count : Math.min(fitting, 2));
    // In several rows every picture has room for a sign before it, so that they stand in columns.
    const inRows = columns < count;
    this.root.classList.toggle("rows", inRows);
    const each = Math.min(side, (room - (inRows ? columns : columns - 1) * OPERATOR) / columns - 1);
    // Pictures that lie on each other have cells of one size; a kernel has its own.
    const shared = pictures.filter((_, n) => !this.link.isChoosable(n));
    const largest = Math.max(...shared.map(({ height, width }) => Math.max(height, width)));
    this.scales = pictures.map(({ height, width }, n) =>
      Math.max(1, Math.floor(each / (this.link.isChoosable(n) ? Math.max(height, width, 3) : largest))));
    this.parts.forEach(({ canvas, figure }, n) => {
      const { height, width } = pictures[n];
      sizeTo(canvas, width * this.scales[n], height * this.scales[n]);
      figure.style.width = `${Math.max(width * this.scales[n], Math.min(each, 150))}px`;
    });
    this.alignTitles();
    this.draw();
  }

  /** Where large letters make a title two lines high, all pictures begin below two lines. */
  alignTitles() {
    this.root.style.removeProperty("--titles");
    const heights = this.parts.map(({ title }) => title.getBoundingClientRect().height);
    this.root.style.setProperty("--titles", `${Math.max(...heights)}px`);
  }

  draw() {
    if (!this.scales) return;
    this.link.update?.();
    this.parts.forEach((_, n) => this.drawPanel(n));
    const words = this.link.words(this.at);
    this.find("readout").textContent = words || this.data.hint;
    this.say(words);
    if (this.link.ledger) this.writeLedger(this.link.ledger(this.at));
  }

  drawPanel(n) {
    const { height, width, scale, limit, border } = this.data.pictures[n];
    const values = this.values[n];
    const unit = this.scales[n];
    const context = cleared(this.parts[n].canvas);
    const dots = paint(width, height, (at, bytes, place) => bytes.set(this.colour(scale, values[at] / limit), place));
    context.drawImage(dots, 0, 0, width * unit, height * unit);
    if (border) this.drawBorder(context, border, height, width, unit);
    if (unit >= WRITTEN) this.writeNumbers(context, n);
    for (const { row, column, rows = 1, columns = 1, soft } of this.link.marks(n, this.at)) {
      context.globalAlpha = soft ? 0.6 : 1;
      outline(context, column * unit, row * unit, columns * unit, rows * unit);
      context.globalAlpha = 1;
    }
  }

  drawBorder(context, [top, bottom, left, right], height, width, unit) {
    if (!(top || bottom || left || right)) return;
    context.setLineDash([3, 3]);
    context.lineWidth = 1;
    context.strokeStyle = "rgba(128, 128, 128, 0.9)";
    context.strokeRect(left * unit + 0.5, top * unit + 0.5, (width - left - right) * unit - 1, (height - top - bottom) * unit - 1);
    context.setLineDash([]);
  }

  writeNumbers(context, n) {
    const { width, scale, limit } = this.data.pictures[n];
    const unit = this.scales[n];
    context.textAlign = "center";
    context.textBaseline = "middle";
    const font = getComputedStyle(this.root).fontFamily;
    context.font = `${Math.min(13, Math.floor(unit / 4.2))}px ${font}`;
    this.values[n].forEach((value, at) => {
      context.fillStyle = inkOn(...this.colour(scale, value / limit));
      context.fillText(format(value, 1), ((at % width) + 0.5) * unit, (Math.floor(at / width) + 0.5) * unit);
    });
  }

  writeLedger({ sum, heads, rows }) {
    this.find("sum").textContent = sum;
    const cells = (row, tag, name) => {
      const line = make("tr", name);
      row.forEach((text, at) => {
        const cell = make(at && tag === "td" ? "td" : "th");
        if (cell.tagName === "TH") cell.scope = tag === "td" ? "row" : "col";
        cell.textContent = text;
        line.append(cell);
      });
      return line;
    };
    this.find("heads").replaceChildren(cells(heads, "th", ""));
    this.find("rows").replaceChildren(...rows.map(({ texts, kind }) => cells(texts, "td", kind ?? "")));
  }

  // ---- moving ---------------------------------------------------------------------------------

  point(panel, event) {
    const { height, width } = this.data.pictures[panel];
    const row = Math.floor(event.offsetY / this.scales[panel]);
    const column = Math.floor(event.offsetX / this.scales[panel]);
    const inside = row >= 0 && column >= 0 && row < height && column < width;
    this.aim(inside ? { panel, row, column } : null);
  }

  aim(at) {
    this.at = at;
    if (at) this.link.follow?.(at);
    this.drawSoon();
  }

  press(panel, event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") {
      this.choose(panel);
      event.preventDefault();
    }
    if (!(event.key in ARROWS)) return;
    const { height, width } = this.data.pictures[panel];
    const [down, across] = ARROWS[event.key];
    const start = this.link.isChoosable(panel)
      ? { row: this.weight[0], column: this.weight[1] }
      : { row: Math.floor(height / 2) - down, column: Math.floor(width / 2) - across };
    const { row, column } = this.at?.panel === panel ? this.at : start;
    const keep = (place, all) => Math.min(Math.max(place, 0), all - 1);
    this.aim({ panel, row: keep(row + down, height), column: keep(column + across, width) });
    event.preventDefault();
  }

  choose(panel) {
    if (!this.link.isChoosable(panel)) return;
    const [row, column] = this.weight;
    this.trigger("weight", row * this.data.pictures[panel].width + column);
  }

  value(n, row, column) {
    return this.values[n][row * this.data.pictures[n].width + column];
  }
}

// ---- how pictures belong together ---------------------------------------------------------------

class Products {
  constructor(view) {
    this.view = view;
  }

  isChoosable() {
    return false;
  }

  marks(n, at) {
    return at ? [at] : [];
  }

  words(at) {
    if (!at) return "";
    const [a, b, c] = [0, 1, 2].map((n) => this.view.value(n, at.row, at.column));
    return `${place(at)}: ${format(a)} × ${bracketed(b)} = ${format(c)}`;
  }
}

class Pooling {
  constructor(view) {
    this.view = view;
    const { winners, pictures } = view.data;
    this.winners = winners ? new Int32Array(readBytes(winners).buffer) : null;
    [this.image, this.maps] = pictures;
  }

  isChoosable() {
    return false;
  }

  /** The cells of the image that a window sees. */
  box(row, column) {
    const { window, stride, start } = this.view.data;
    const span = (at, axis, all) => {
      const first = start[axis] + at * stride[axis];
      return [Math.max(first, 0), Math.min(first + window[axis], all)];
    };
    const [top, bottom] = span(row, 0, this.image.height);
    const [left, right] = span(column, 1, this.image.width);
    return { row: top, column: left, rows: bottom - top, columns: right - left };
  }

  winner(row, column) {
    const at = this.winners[row * this.maps.width + column];
    return { row: Math.floor(at / this.image.width), column: at % this.image.width };
  }

  /** The windows that see a cell of the image. */
  windowsOver(cell) {
    const found = [];
    for (let row = 0; row < this.maps.height; row++) {
      for (let column = 0; column < this.maps.width; column++) {
        const box = this.box(row, column);
        const inside = cell.row >= box.row && cell.row < box.row + box.rows
          && cell.column >= box.column && cell.column < box.column + box.columns;
        if (inside) found.push({ row, column });
      }
    }
    return found;
  }

  marks(n, at) {
    if (!at) return [];
    if (at.panel !== 1) return n === 1 ? this.windowsOver(at) : [at];
    if (n === 1) return [at];
    const box = this.box(at.row, at.column);
    return this.winners ? [{ ...box, soft: true }, this.winner(at.row, at.column)] : [box];
  }

  words(at) {
    if (!at) return "";
    return at.panel === 1 ? this.sent(at) : this.received(at);
  }

  sent(at) {
    const gradient = this.view.value(1, at.row, at.column);
    const { rows, columns } = this.box(at.row, at.column);
    if (this.winners) {
      const best = this.winner(at.row, at.column);
      const value = format(this.view.value(0, best.row, best.column));
      return `${place(at)}: ${format(gradient)} goes to ${place(best).toLowerCase()}, whose ${value} was the largest of its window.`;
    }
    const cells = rows * columns;
    return `${place(at)}: ${format(gradient)} / ${cells} = ${format(gradient / cells)} for each of the ${cells} cells of its window.`;
  }

  received(at) {
    const total = format(this.view.value(2, at.row, at.column));
    const over = this.windowsOver(at);
    if (!over.length) return `${place(at)}: no window sees this cell, so it gets 0.`;
    const parts = over.filter(({ row, column }) => {
      if (!this.winners) return true;
      const best = this.winner(row, column);
      return best.row === at.row && best.column === at.column;
    });
    if (!parts.length) return `${place(at)}: not the largest of its window, so it gets 0.`;
    const texts = parts.map(({ row, column }) => {
      const gradient = this.view.value(1, row, column);
      if (this.winners) return bracketed(gradient);
      const { rows, columns } = this.box(row, column);
      return `${bracketed(gradient)} / ${rows * columns}`;
    });
    const sum = texts.length > 1 || !this.winners ? `${texts.join(" + ")} = ${total}` : total;
    return `${place(at)}: ${this.winners ? "the largest of its window, so it gets " : ""}${sum}`;
  }
}

class Correlation {
  constructor(view) {
    this.view = view;
    this.stride = view.data.stride;
    [this.image, this.maps, , this.kernel] = view.data.pictures;
    this.largest = 0;
    this.drawn = "";
    for (let row = 0; row < this.kernel.height; row++) {
      for (let column = 0; column < this.kernel.width; column++) {
        for (const product of this.products(row, column)) {
          if (Math.abs(product) > this.largest) this.largest = Math.abs(product);
        }
      }
    }
    view.data.pictures[2].limit = this.largest || 1; // one scale for all weights
  }

  isChoosable(n) {
    return n === 3;
  }

  follow(at) {
    if (at.panel === 3) this.view.weight = [at.row, at.column];
  }

  /** The cell of the image that a weight met in one sum. */
  met(sum, [row, column] = this.view.weight) {
    return { row: row + sum.row * this.stride[0], column: column + sum.column * this.stride[1] };
  }

  products(...weight) {
    const { height, width } = this.maps;
    const found = new Float32Array(height * width);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const cell = this.met({ row, column }, weight);
        found[row * width + column] = this.view.value(0, cell.row, cell.column) * this.view.value(1, row, column);
      }
    }
    return found;
  }

  update() {
    if (this.drawn === String(this.view.weight)) return;
    this.drawn = String(this.view.weight);
    this.view.values[2] = this.products(...this.view.weight);
  }

  /** The sum that a pointed cell takes part in; null if none. */
  sumAt(at) {
    if (!at || at.panel === 3) return null;
    if (at.panel !== 0) return { row: at.row, column: at.column };
    const [row, column] = this.view.weight;
    const [down, across] = [(at.row - row) / this.stride[0], (at.column - column) / this.stride[1]];
    const { height, width } = this.maps;
    const whole = Number.isInteger(down) && Number.isInteger(across);
    return whole && down >= 0 && across >= 0 && down < height && across < width ? { row: down, column: across } : null;
  }

  marks(n, at) {
    const [row, column] = this.view.weight;
    if (n === 3) return [{ row, column }];
    const sum = this.sumAt(at);
    if (n) return sum ? [sum] : [];
    const { height, width } = this.maps;
    const box = { row, column, rows: (height - 1) * this.stride[0] + 1, columns: (width - 1) * this.stride[1] + 1 };
    return sum ? [box, this.met(sum)] : [box];
  }

  words(at) {
    const sum = this.sumAt(at);
    if (sum) {
      const cell = this.met(sum);
      const [a, b] = [this.view.value(0, cell.row, cell.column), this.view.value(1, sum.row, sum.column)];
      return `Sum at ${place(sum).toLowerCase()}: the weight met ${format(a)}, and ${format(a)} × ${bracketed(b)} = ${format(a * b)}`;
    }
    if (at?.panel === 0) return `${place(at)} of the input: this weight never meets it.`;
    const [row, column] = this.view.weight;
    return at ? `Weight in ${place({ row, column }).toLowerCase()}: ${this.counted()} add up to ${format(this.view.value(3, row, column))}` : "";
  }

  counted() {
    const count = this.maps.height * this.maps.width;
    return count === 1 ? "1 product" : `${count.toLocaleString("en")} products`;
  }

  ledger(at) {
    const [row, column] = this.view.weight;
    const products = this.view.values[2];
    const order = [...products.keys()].sort((a, b) => Math.abs(products[b]) - Math.abs(products[a]));
    const lit = this.sumAt(at);
    const litAt = lit ? lit.row * this.maps.width + lit.column : -1;
    const rows = order.slice(0, LISTED).map((index) => {
      const sum = { row: Math.floor(index / this.maps.width), column: index % this.maps.width };
      const cell = this.met(sum);
      const numbers = [this.view.value(0, cell.row, cell.column), this.view.value(1, sum.row, sum.column)];
      const texts = [place(sum), format(numbers[0]), `× ${bracketed(numbers[1])}`, `= ${format(products[index])}`];
      return { texts, kind: index === litAt ? "lit" : "" };
    });
    const rest = order.slice(LISTED);
    if (rest.length) {
      const total = rest.reduce((sum, index) => sum + products[index], 0);
      rows.push({ texts: [`${rest.length.toLocaleString("en")} others`, "", "", format(total)] });
    }
    rows.push({ texts: ["Sum, the weight's gradient", "", "", format(this.view.value(3, row, column))], kind: "sum" });
    return {
      sum: `The weight in ${place({ row, column }).toLowerCase()}: its largest products`,
      heads: ["Sum at", "it met", "gradient", "product"],
      rows,
    };
  }
}

const MODES = { products: Products, windows: Pooling, correlation: Correlation };

function place({ row, column }) {
  return `Row ${row + 1}, column ${column + 1}`;
}

function make(tag, className = "") {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}

function bracketed(value) {
  const text = format(value);
  return text.startsWith(MINUS) ? `(${text})` : text;
}

/** Three figures; of very small numbers as many `after` the point. */
function format(value, after = 2) {
  if (!Number.isFinite(value)) return "no number";
  const size = Math.abs(value);
  const text = size === 0 ? "0" : size >= 100 ? size.toFixed(0) : size >= 0.001 ? String(Number(size.toPrecision(3))) : size.toExponential(after);
  return value < 0 && Number(text) !== 0 ? MINUS + text.replace("-", MINUS) : text.replace("-", MINUS);
}
