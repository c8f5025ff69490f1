/*
 * A map as a sum of linked pictures: input channels, the kernel's slices on them, what each adds,
 * the bias, the sum. One cell is marked in all of them. `canvas.js` comes before it.
 *
 * data.title: what it is, for a screen reader
 * data.rows: {name, pictures, sum} each: the pictures of one input channel, `sum` a number or null
 * data.finals: {name, sign, picture, number} each: what becomes of them all, a picture or a number
 * a picture: {role, name, values, width, height, signed, limit, side}; role "input", "kernel" or
 *   "output"; values in base64; side, the screen pixels it may take
 * data.signs: what stands between the pictures of a row
 * data.window: {size, stride, before}, [rows, columns] each: the part of an input an output cell is
 *   made from; null if inputs, kernels and outputs are laid on each other cell by cell
 * data.palettes: {signed, magnitude}: three bytes a colour, in base64
 * data.activation: the function after the sum, or "linear"
 * data.chosen: [row, column] of the cell that is kept, or null
 * data.clickable: whether a cell can be chosen; data.hint: what the readout says at rest
 *
 * Sends the trigger `cell`: {row, column} of the output cell that was chosen.
 */

export default mount(".parts", (root) => new MapParts(root));

class MapParts extends Component {
  constructor(root) {
    super(root);
    this.cell = null; // the cell of the output that is marked, [row, column]
    this.tap = null; // the weight that is pointed at
  }

  show(data, trigger) {
    this.trigger = trigger;
    const structure = JSON.stringify([
      data.title.replace(/\d+/g, ""), data.signs, data.window,
      data.rows.map(({ pictures }) => pictures.map(sizeOf)),
      data.finals.map(({ picture }) => picture && sizeOf(picture)),
    ]);
    const anew = structure !== this.structure;
    if (anew || JSON.stringify(data.chosen) !== JSON.stringify(this.data?.chosen)) {
      this.cell = data.chosen;
    }
    this.data = data;
    this.structure = structure;
    this.palettes = {
      signed: readBytes(data.palettes.signed),
      magnitude: readBytes(data.palettes.magnitude),
    };
    if (anew) this.make();
    this.fill();
    this.draw();
    this.say("");
  }

  make() {
    this.views = [];
    this.find("rows").replaceChildren(...this.data.rows.map((row, at) => {
      const line = make("div", "row");
      line.append(make("span", "name"));
      row.pictures.forEach((picture, k) => {
        if (k > 0) line.append(make("span", "sign", this.data.signs[k - 1]));
        line.append(this.canvas(picture, () => this.data.rows[at].pictures[k]));
      });
      line.append(make("span", "number"));
      return line;
    }));
    this.find("finals").replaceChildren(...this.data.finals.flatMap((final, at) => {
      const figure = make("figure");
      const caption = make("figcaption");
      figure.append(caption);
      if (final.picture) figure.append(this.canvas(final.picture, () => this.data.finals[at].picture));
      figure.append(make("span", final.picture ? "value" : "plain"));
      return final.sign ? [make("span", "sign", final.sign), figure] : [figure];
    }));
  }

  canvas(picture, current) {
    const canvas = make("canvas");
    canvas.tabIndex = picture.first ? 0 : -1; // one stop: the marked cell is the same in all
    canvas.setAttribute("role", "application");
    const view = { canvas, current };
    follow(canvas, (event) => this.pointAt(view, event));
    canvas.onpointerleave = () => this.leave();
    canvas.onclick = () => this.press();
    canvas.onkeydown = (event) => this.key(event);
    canvas.onblur = () => this.leave();
    this.views.push(view);
    return canvas;
  }

  /** Names and numbers that do not change with the cell, and every picture's colours. */
  fill() {
    const { rows, finals, title } = this.data;
    [...this.find("rows").children].forEach((line, at) => {
      line.firstElementChild.textContent = rows[at].name;
      line.lastElementChild.textContent = rows[at].sum === null ? "" : format(rows[at].sum);
    });
    const figures = this.find("finals").querySelectorAll("figure");
    finals.forEach(({ name, number }, at) => {
      figures[at].firstElementChild.textContent = name;
      figures[at].lastElementChild.textContent = number === null ? "" : format(number);
    });
    for (const view of this.views) {
      const picture = view.current();
      view.values = readFloats(picture.values);
      const { width, height } = picture;
      const longest = Math.max(width, height);
      const ratio = window.devicePixelRatio || 1;
      view.scale = Math.max(1, Math.floor((picture.side * ratio) / longest)) / ratio;
      sizeTo(view.canvas, width * view.scale, height * view.scale);
      view.image = paint(width, height, (at, dots, place) => dots.set(this.colour(picture, view.values[at]), place));
      view.canvas.setAttribute("aria-label", `${title}: ${picture.name}. Arrow keys move the marked cell`);
    }
  }

  colour({ signed, limit }, value) {
    const palette = this.palettes[signed ? "signed" : "magnitude"];
    const last = palette.length / 3 - 1;
    const share = limit > 0 && Number.isFinite(value) ? value / limit : 0;
    const along = signed ? (share + 1) / 2 : share;
    const level = Math.round(Math.min(1, Math.max(0, along)) * last);
    return palette.subarray(3 * level, 3 * level + 3);
  }

  draw() {
    for (const view of this.views) {
      const { width, height, role } = view.current();
      const context = cleared(view.canvas);
      context.drawImage(view.image, 0, 0, width * view.scale, height * view.scale);
      const box = this.cell && this.boxOn(role, width, height);
      if (box) this.mark(context, view, box);
    }
    this.write();
  }

  /** A frame that stays inside the picture, so that none is cut off at its border. */
  mark(context, { scale, current }, [top, left, down, across]) {
    const { width, height } = current();
    const inset = 1.5;
    const x = Math.max(inset, left * scale);
    const y = Math.max(inset, top * scale);
    const right = Math.min(width * scale - inset, (left + across) * scale);
    const bottom = Math.min(height * scale - inset, (top + down) * scale);
    outline(context, x, y, Math.max(2, right - x), Math.max(2, bottom - y));
  }

  /** What to frame on a picture: [row, column, rows, columns], or null. */
  boxOn(role, width, height) {
    const [row, column] = this.cell;
    const { window: shape } = this.data;
    if (!shape) return [row, column, 1, 1];
    if (role === "output") return [row, column, 1, 1];
    if (role === "kernel") return this.tap && [...this.tap, 1, 1];
    const { size, stride, before } = shape;
    const first = [row * stride[0] - before[0], column * stride[1] - before[1]];
    if (this.tap) return [first[0] + this.tap[0], first[1] + this.tap[1], 1, 1];
    return [...first, ...size];
  }

  outputSize() {
    const { rows, finals } = this.data;
    const all = [...rows.flatMap(({ pictures }) => pictures), ...finals.map(({ picture }) => picture)];
    const found = all.find((picture) => picture?.role === "output") ?? all[0];
    return [found.height, found.width];
  }

  pointAt(view, event) {
    const { width, height, role } = view.current();
    const box = view.canvas.getBoundingClientRect();
    if (!box.width) return;
    const place = [
      Math.min(height - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * height))),
      Math.min(width - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * width))),
    ];
    this.tap = this.data.window && role === "kernel" ? place : null;
    if (this.tap) this.cell ??= this.outputSize().map((size) => Math.floor(size / 2));
    else this.cell = role === "input" && this.data.window ? this.outputOver(place) : place;
    this.draw();
  }

  /** The output cell whose window lies most evenly around a cell of the input. */
  outputOver(place) {
    const { size, stride, before } = this.data.window;
    return this.outputSize().map((count, axis) => {
      const at = (place[axis] + before[axis] - (size[axis] - 1) / 2) / stride[axis];
      return Math.min(count - 1, Math.max(0, Math.round(at)));
    });
  }

  leave() {
    this.tap = null;
    this.cell = this.data.chosen;
    this.draw();
  }

  press() {
    if (this.data.clickable && this.cell && !this.tap) this.trigger("cell", { row: this.cell[0], column: this.cell[1] });
  }

  key(event) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.press();
      return;
    }
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault();
    const from = this.cell ?? [0, 0];
    this.tap = null;
    this.cell = this.outputSize().map((count, axis) => (
      Math.min(count - 1, Math.max(0, from[axis] + step[axis]))));
    this.draw();
    this.say(this.find("readout").textContent);
  }

  /** The marked cell's numbers beside each row, below each picture, and as one sum. */
  write() {
    const { rows, finals, hint } = this.data;
    const lines = this.find("rows").children;
    const terms = rows.map((row, at) => {
      const own = this.valuesOf(row.pictures);
      if (row.sum === null) lines[at].lastElementChild.textContent = this.cell ? format(own.output ?? own.input) : "";
      return { name: row.name, ...own };
    });
    const figures = this.find("finals").querySelectorAll("figure");
    const ends = finals.map(({ name, picture, number }, at) => {
      const value = picture ? (this.cell ? this.valueOf(picture) : null) : number;
      if (picture) figures[at].lastElementChild.textContent = value === null ? "" : format(value);
      return { name, value };
    });
    this.find("readout").textContent = this.cell ? this.sentence(terms, ends) : hint;
  }

  valuesOf(pictures) {
    const found = {};
    for (const picture of pictures) {
      if (!this.cell || (this.data.window && picture.role !== "output")) continue;
      found[picture.role] = this.valueOf(picture);
    }
    return found;
  }

  valueOf(picture) {
    const view = this.views.find((each) => each.current() === picture);
    return view.values[this.cell[0] * picture.width + this.cell[1]];
  }

  sentence(terms, ends) {
    const [row, column] = this.cell;
    const place = `Row ${row + 1}, column ${column + 1}`;
    if (this.tap) {
      const kernels = this.data.rows.map(({ name, pictures }) => {
        const kernel = pictures.find(({ role }) => role === "kernel");
        const view = this.views.find((each) => each.current() === kernel);
        return `${name} ${format(view.values[this.tap[0] * kernel.width + this.tap[1]])}`;
      });
      return `Weight in row ${this.tap[0] + 1}, column ${this.tap[1] + 1}: ${kernels.join(", ")}.`;
    }
    const weighed = terms.filter((term) => term.kernel !== undefined);
    if (weighed.length) {
      const products = weighed.map((term) => (
        `${term.name} ${format(term.input)} × ${format(term.kernel)} = ${format(term.output)}`));
      return `${place}: ${products.join("; ")}.`;
    }
    const summed = terms.filter((term) => term.output !== undefined);
    const parts = [
      ...summed.map((term) => (term.input === undefined ? `${term.name} ${format(term.output)}`
        : `${format(term.input)} becomes ${format(term.output)}`)),
      ...ends.map(({ name, value }) => `${name} ${format(value)}`),
    ];
    const inputs = terms.filter((term) => term.input !== undefined && term.output === undefined);
    parts.unshift(...inputs.map((term) => `${term.name} ${format(term.input)}`));
    return `${place}: ${parts.join(", ")}.`;
  }
}

const sizeOf = ({ role, width, height, side }) => [role, width, height, side];

function make(tag, name = "", text = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.textContent = text;
  return element;
}

/** Three significant digits, four decimals at most, with a minus sign as people write it. */
function format(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "no number";
  return String(Number(Number(value.toPrecision(3)).toFixed(4)) + 0).replace("-", "−");
}
