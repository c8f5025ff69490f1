/*
 * The map of a network, part 3: the elements that stand on the board, made and painted.
 * network_board.js and network_edges.js come before it, network_map.js after.
 */

/** Lays out and draws columns; what they say when pointed at is its heir's business. */
class NetworkItems extends Component {
  constructor(root) {
    super(root);
    this.board = this.find("board");
    this.scroller = this.find("scroller");
    this.edges = this.find("edges"); // kept, since it leaves the board for a moment when items change
    this.pages = new Map(); // of each group of columns
    this.items = []; // of each column: number -> element
    this.asked = 0; // how many sizes up or down from the first the reader asked for
    this.here = null; // {at, number}: the item that the keyboard is at
    // What is read out may take one line more: only another width asks for another layout.
    this.watchSize(() => this.scroller.clientWidth !== this.room && this.layOut());
  }

  layOut() {
    const room = this.scroller.clientWidth;
    if (room <= 0) return;
    this.room = room;
    const boxes = boxesFor(this.columns);
    const first = boxes.indexOf(boxThatFits(this.columns, boxes, room));
    const at = Math.min(boxes.length - 1, Math.max(0, first + this.asked));
    this.asked = at - first;
    this.box = boxes[at];
    this.find("smaller").disabled = at === 0;
    this.find("larger").disabled = at === boxes.length - 1;
    const { places, width } = placeColumns(this.columns, this.box, room);
    this.places = places;
    this.top = forWords(HEAD);
    const { rows } = this.data;
    const maps = this.columns.filter(({ flat }) => !flat).map(({ numbers }) => Math.min(rows, numbers.length));
    const units = this.columns.filter(({ flat, strip }) => flat && !strip).map(({ count }) => count);
    this.pitch = Math.max(UNIT, ...places.map(({ down }) => down)) + ROW_GAP;
    this.down = Math.max(Math.max(3, ...maps) * this.pitch, Math.max(0, ...units) * (UNIT + 4));
    const leaves = this.columns.some((column) => this.pagesOf(column) > 1);
    Object.assign(this.board.style, {
      width: `${width}px`, height: `${this.top + this.down + (leaves ? forWords(FOOT) : 8)}px`,
    });
    if (width > room) this.scroller.tabIndex = 0;
    else this.scroller.removeAttribute("tabindex");
    this.draw();
  }

  pagesOf(column) {
    return column.flat ? 1 : Math.ceil(column.numbers.length / this.data.rows);
  }

  /** Heads, items and leaves; made anew only if others stand there than before. */
  draw() {
    const shown = this.columns.map((column) => shownIn(column, { ...this.data, pages: this.pages }));
    const shape = JSON.stringify([this.places, this.pitch, shown]);
    if (shape !== this.shape) {
      const focus = this.board.getRootNode().activeElement?.closest?.(".item") && this.here;
      this.shape = shape;
      this.make(shown);
      if (focus) this.itemAt(focus.at, focus.number)?.focus({ preventScroll: true });
    }
    this.columns.forEach((column, at) => {
      for (const [number, item] of this.items[at]) this.paint(column, number, item);
    });
    this.stop();
    this.point(null);
  }

  make(shown) {
    const parts = [];
    this.items = this.columns.map((column, at) => {
      parts.push(this.head(column, at));
      if (column.strip) return new Map([[-1, this.strip(column, at, parts)]]);
      return new Map(shown[at].map((number, row) => [number, this.item(column, at, number, row, parts)]));
    });
    const first = this.columns.filter((column, at) => (
      this.pagesOf(column) > 1 && column.group !== this.columns[at - 1]?.group));
    parts.push(...first.map((column) => this.leaf(column)));
    this.board.replaceChildren(this.edges, ...parts);
  }

  head(column, at) {
    const head = document.createElement("div");
    head.className = "head";
    const { left, across } = this.places[at];
    const room = Math.max(forWords(LABEL), across) + NARROW_GAP - 2;
    Object.assign(head.style, { left: `${left + across / 2}px`, width: `${room}px` });
    const size = column.flat ? [] : [`${column.height}×${column.width}`];
    const lines = [...size, `${column.flat ? "" : "×"}${column.count.toLocaleString("en")}`];
    const name = document.createElement("b");
    name.textContent = column.kind === "image" ? "Image" : `${column.index + 1} ${column.title}`;
    head.append(name, ...lines.map((line) => {
      const span = document.createElement("span");
      span.textContent = line;
      return span;
    }));
    return head;
  }

  item(column, at, number, row, parts) {
    const item = this.button(column, at, number);
    const { left, across, down } = this.places[at];
    const count = column.flat ? column.count : Math.min(this.data.rows, column.numbers.length);
    const pitch = Math.min(this.pitch, this.down / count);
    const top = this.top + this.down / 2 + (row + 0.5 - count / 2) * pitch - down / 2;
    Object.assign(item.style, {
      left: `${left}px`, top: `${top}px`, width: `${across}px`, height: `${down}px`,
    });
    if (column.captions) {
      const caption = document.createElement("span");
      caption.className = "caption";
      item.append(caption);
    }
    parts.push(item);
    return item;
  }

  strip(column, at, parts) {
    const item = this.button(column, at, -1);
    item.classList.add("strip");
    const { left, across } = this.places[at];
    Object.assign(item.style, {
      left: `${left}px`, top: `${this.top}px`, width: `${across}px`, height: `${this.down}px`,
    });
    const tick = document.createElement("span");
    tick.className = "tick";
    item.append(tick);
    parts.push(item);
    return item;
  }

  button(column, at, number) {
    const item = document.createElement(number < 0 ? "div" : "button");
    if (number < 0) {
      item.setAttribute("role", "slider");
      item.setAttribute("aria-orientation", "vertical");
    } else item.type = "button";
    item.className = `item${column.kind === "image" ? " still" : ""}${column.flat ? " bounded" : ""}`;
    item.tabIndex = -1;
    item.dataset.at = at;
    item.dataset.number = number;
    item.append(document.createElement("canvas"));
    return item;
  }

  leaf(column) {
    const members = this.columns.filter(({ group }) => group === column.group);
    const [first, last] = [this.places[members[0].at], this.places[members.at(-1).at]];
    const page = this.pages.get(column.group) ?? 0;
    const { rows, strongest } = this.data;
    const leaf = document.createElement("div");
    leaf.className = "leaf";
    leaf.style.left = `${(first.left + last.left + last.across) / 2}px`;
    leaf.style.top = `${this.top + this.down + 2}px`;
    const said = document.createElement("span");
    const past = Math.min((page + 1) * rows, column.numbers.length);
    said.textContent = `${page * rows + 1}–${past} of ${column.count}`;
    const buttons = document.createElement("div");
    [["‹", -1, "Maps before these"], ["›", 1, "Maps after these"]].forEach(([sign, step, name]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = sign;
      button.tabIndex = -1; // Page Up and Page Down do the same
      button.setAttribute("aria-label", `${name}, ${layerName(column)}`);
      button.disabled = page + step < 0 || page + step >= this.pagesOf(column);
      button.onclick = () => this.turn(column, step);
      buttons.append(button);
    });
    leaf.append(said, buttons);
    leaf.title = strongest ? "Strongest first" : "";
    return leaf;
  }

  paint(column, number, item) {
    const canvas = item.firstElementChild;
    const limit = limitOf(this.columns, column.at, number, this.data.scale);
    if (column.strip) {
      paintStrip(canvas, column, limit, this.palettes, this.down);
      return;
    }
    (column.flat ? paintUnit : paintMap)(canvas, column, number, limit, this.palettes);
    const text = `${nameOf(column, number)}: ${rangeText(column, number)}`;
    item.setAttribute("aria-label", `${text[0].toUpperCase()}${text.slice(1)}, ${layerName(column)}`);
    if (column.kind !== "image") item.setAttribute("aria-pressed", this.isChosen(column, number));
    if (column.captions) {
      const caption = item.lastElementChild;
      const value = column.low[number];
      const share = column.activation === "softmax" ? `${(100 * value).toFixed(1)} %` : numberText(value);
      caption.textContent = `${column.captions[number]}: ${share}`;
      caption.classList.toggle("best", value === Math.max(...column.high));
    }
  }

  isChosen(column, number) {
    const { chosen } = this.data;
    return Boolean(chosen) && chosen.layer === column.index && chosen.number === number;
  }

  itemAt(at, number) {
    return this.items[at]?.get(this.columns[at].strip ? -1 : number);
  }

  /** Set the tick of a strip, and what a screen reader hears of it. */
  mark(at, number) {
    const column = this.columns[at];
    const item = this.items[at].get(-1);
    const tick = item.lastElementChild;
    tick.hidden = number === null;
    const own = number ?? 0;
    tick.style.top = `${((own + 0.5) / column.count) * this.down - 1}px`;
    item.setAttribute("aria-label", `Numbers of ${layerName(column)}`);
    item.setAttribute("aria-valuemin", 1);
    item.setAttribute("aria-valuemax", column.count);
    item.setAttribute("aria-valuenow", own + 1);
    item.setAttribute("aria-valuetext", `${nameOf(column, own)}: ${rangeText(column, own)}`);
  }
}
