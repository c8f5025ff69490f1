/*
 * The map of a network, part 4: a column a layer; point at a map and what it is made from lights
 * up; choose one to take it apart. network_items.js, of which it is an heir, comes before it.
 *
 * data.title: what it is, for a screen reader
 * data.columns: {index, title, kind, shape, group, numbers, order, levels, limits, low, high, signed,
 *   links, names, captions, tints} each, as in cnnlib/network_map.py; arrays in base64
 * data.palettes: {signed, magnitude}: three bytes a colour, in base64
 * data.scale: "map", "layer" or "net": whose largest magnitude has the last colour
 * data.rows: items to a column; data.strongest: whether the strongest maps come first
 * data.chosen: {layer, number} from 0, or null
 *
 * Sends the trigger `place`: {layer, number} of what was chosen.
 */

export default mount(".network", (root) => new NetworkMap(root));

class NetworkMap extends NetworkItems {
  constructor(root) {
    super(root);
    this.board.onpointerover = (event) => this.pointAt(event);
    this.board.onpointermove = (event) => event.target.closest(".strip") && this.pointAt(event);
    this.board.onpointerleave = () => this.point(null);
    this.board.onclick = (event) => this.press(event);
    this.board.onkeydown = (event) => this.key(event);
    this.board.addEventListener("focusin", (event) => this.focused(event.target));
    this.board.addEventListener("focusout", () => this.point(null));
    this.find("smaller").onclick = () => this.zoom(-1);
    this.find("larger").onclick = () => this.zoom(1);
  }

  show(data, trigger) {
    this.trigger = trigger;
    const shape = ({ columns, rows }) => JSON.stringify(
      [rows, ...columns.map(({ index, shape: own, captions }) => [index, own, captions])]);
    if (!this.data || shape(this.data) !== shape(data)) {
      this.pages.clear();
      this.here = null;
      this.shape = null;
    }
    const turned = this.data && this.data.strongest !== data.strongest;
    const moved = data.chosen && JSON.stringify(data.chosen) !== JSON.stringify(this.data?.chosen);
    this.data = data;
    this.columns = data.columns.map(readColumn);
    this.palettes = {
      signed: readBytes(data.palettes.signed),
      magnitude: readBytes(data.palettes.magnitude),
    };
    this.scroller.setAttribute("aria-label", data.title);
    this.explain();
    if (turned) this.pages.clear();
    if (moved || turned) this.turnToChosen();
    this.layOut();
    this.say("");
    if (moved) this.bringIntoView();
  }

  /** Scroll sideways until the chosen column is seen, and what it is made from. */
  bringIntoView() {
    const place = this.places?.[this.data.chosen.layer + 1];
    if (!place) return;
    const { scrollLeft, clientWidth } = this.scroller;
    const seen = place.left - 2 * this.box >= scrollLeft
      && place.left + place.across <= scrollLeft + clientWidth;
    if (!seen) this.scroller.scrollLeft = place.left - clientWidth / 2;
  }

  /** What the colours stand for. */
  explain() {
    const { scale } = this.data;
    const most = scale === "net" ? numberText(limitOf(this.columns, 1, 0, "net"))
      : `largest of ${scale === "layer" ? "the layer" : "the map"}`;
    this.find("zero").textContent = "0";
    this.find("high").textContent = most;
    this.find("low").textContent = scale === "net" ? MINUS + most : `${MINUS}largest`;
    this.find("magnitude").style.background = gradientOf(this.palettes.magnitude);
    this.find("signed").style.background = gradientOf(this.palettes.signed);
  }

  /** Leaf to where the chosen map stands, and to what it is made from. */
  turnToChosen() {
    const { chosen, rows, strongest } = this.data;
    const column = chosen && this.columns[chosen.layer + 1];
    if (!column || column.flat) return;
    const source = isSorted(column, strongest) ? column.order : column.numbers;
    const place = source.indexOf(chosen.number);
    if (place >= 0) this.pages.set(column.group, Math.floor(place / rows));
  }

  zoom(step) {
    this.asked += step;
    this.layOut();
  }

  turn(column, step) {
    const page = (this.pages.get(column.group) ?? 0) + step;
    if (page < 0 || page >= this.pagesOf(column)) return;
    const row = this.here && this.columns[this.here.at].group === column.group
      ? shownIn(column, { ...this.data, pages: this.pages }).indexOf(this.here.number) : -1;
    this.pages.set(column.group, page);
    if (row >= 0) {
      const now = shownIn(column, { ...this.data, pages: this.pages });
      this.here.number = now[Math.min(row, now.length - 1)];
    }
    this.draw();
    this.say(`Maps ${page * this.data.rows + 1} and on of ${layerName(column)}.`);
  }

  /** The one item that Tab comes to: the last one visited, the chosen one, or the first map. */
  stop() {
    const { chosen } = this.data;
    for (const items of this.items) for (const item of items.values()) item.tabIndex = -1;
    const wanted = [this.here, chosen && { at: chosen.layer + 1, number: chosen.number }];
    const there = wanted.find((place) => place && this.itemAt(place.at, place.number));
    const fallback = { at: 1, number: this.items[1].keys().next().value };
    this.here = there ?? { ...fallback, number: Math.max(0, fallback.number) };
    this.itemAt(this.here.at, this.here.number).tabIndex = 0;
    this.columns.forEach((column, at) => column.strip && this.mark(at, this.marked(at)));
  }

  marked(at) {
    if (this.here?.at === at) return this.here.number;
    const { chosen } = this.data;
    return chosen && chosen.layer + 1 === at ? chosen.number : null;
  }

  /** Which item an event is at: {at, number}; of a strip, the number under the pointer. */
  placeOf(event) {
    const item = event.target.closest?.(".item");
    if (!item) return null;
    const at = Number(item.dataset.at);
    if (Number(item.dataset.number) >= 0) return { at, number: Number(item.dataset.number) };
    const { count } = this.columns[at];
    const box = item.getBoundingClientRect();
    if (event.clientY === undefined || box.height === 0) return { at, number: this.marked(at) ?? 0 };
    const share = (event.clientY - box.top) / box.height;
    return { at, number: Math.min(count - 1, Math.max(0, Math.floor(share * count))) };
  }

  pointAt(event) {
    const place = this.placeOf(event);
    if (place && this.columns[place.at].strip) this.mark(place.at, place.number);
    this.point(place);
  }

  /** Light up what an item is made from; without one, what the chosen item is. */
  point(place) {
    const { chosen } = this.data;
    const resting = chosen && this.columns[chosen.layer + 1]
      ? { at: chosen.layer + 1, number: chosen.number } : null;
    const { at, number } = place ?? resting ?? {};
    const { edges, lit } = at === undefined ? { edges: [], lit: [] } : lineageOf(this.columns, at, number);
    this.board.classList.toggle("pointing", Boolean(place) && edges.length > 0);
    const heads = this.board.querySelectorAll(".head");
    this.columns.forEach((column, c) => {
      heads[c].classList.toggle("own", c === at);
      for (const [own, item] of this.items[c]) {
        const isLit = Boolean(lit[c]?.has(own));
        item.classList.toggle("lit", isLit && own >= 0);
        // Of the columns that lines come from, all other maps step back.
        item.classList.toggle("faint", Boolean(lit[c]?.size) && !isLit && own >= 0);
      }
      if (column.strip && !place) this.mark(c, this.marked(c));
    });
    drawEdges(this.edges, edges, (c, n) => this.sideOf(c, n), Boolean(place));
    this.find("readout").textContent = place ? this.words(at, number) : this.hint();
  }

  sideOf(at, number) {
    const { left, across } = this.places[at];
    const column = this.columns[at];
    const x = { left: left - 2, right: left + across + 2 };
    if (column.strip) return { ...x, y: this.top + ((number + 0.5) / column.count) * this.down };
    const item = this.items[at].get(number);
    return item ? { ...x, y: item.offsetTop + item.offsetHeight / 2 } : null;
  }

  words(at, number) {
    const column = this.columns[at];
    if (!column.placeOf.has(number)) return this.hint();
    const name = nameOf(column, number);
    const made = madeOf(this.columns, at, number) + this.elsewhere(at, number);
    const where = column.kind === "image" ? "of the image" : `of ${layerName(column)}`;
    return `${name[0].toUpperCase()}${name.slice(1)} ${where}: ${rangeText(column, number)}. ${made}`;
  }

  /** How many of the maps that one is made from are leafed away. */
  elsewhere(at, number) {
    if (at === 0 || this.columns[at - 1].strip) return "";
    const hidden = inputsOf(this.columns, at, number).filter((input) => !this.items[at - 1].has(input.number));
    return hidden.length ? ` ${hidden.length} of them ${hidden.length > 1 ? "are" : "is"} on other pages of the column.` : "";
  }

  hint() {
    return "Point at a map, or go to one with the arrow keys: what it is made from lights up. "
      + "A click, or Enter, takes it apart below.";
  }

  focused(target) {
    const item = target.closest?.(".item");
    if (!item) return;
    const place = this.placeOf({ target: item });
    this.here = place;
    for (const items of this.items) for (const other of items.values()) other.tabIndex = -1;
    item.tabIndex = 0;
    if (this.columns[place.at].strip) this.mark(place.at, place.number);
    this.point(place);
    this.say(madeOf(this.columns, place.at, place.number));
  }

  press(event) {
    const place = this.placeOf(event);
    if (!place || place.at === 0) return;
    this.here = place;
    this.trigger("place", { layer: this.columns[place.at].index, number: place.number });
  }

  key(event) {
    const item = event.target.closest?.(".item");
    if (!item) return;
    const { at, number } = this.here;
    const column = this.columns[at];
    const act = {
      ArrowLeft: () => this.go(at - 1),
      ArrowRight: () => this.go(at + 1),
      ArrowUp: () => this.step(-1),
      ArrowDown: () => this.step(1),
      PageUp: () => (column.strip ? this.step(-Math.ceil(column.count / 20)) : this.turn(column, -1)),
      PageDown: () => (column.strip ? this.step(Math.ceil(column.count / 20)) : this.turn(column, 1)),
      Home: () => this.step(-Infinity),
      End: () => this.step(Infinity),
      Enter: column.strip ? () => this.trigger("place", { layer: column.index, number }) : null,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** Along a column, within what it shows. */
  step(by) {
    const { at, number } = this.here;
    const column = this.columns[at];
    const numbers = column.strip ? null : [...this.items[at].keys()];
    const last = (numbers?.length ?? column.count) - 1;
    const goal = Math.min(last, Math.max(0, (numbers ? numbers.indexOf(number) : number) + by));
    this.visit(at, numbers ? numbers[goal] : goal);
  }

  /** To the column beside, at about the same height. */
  go(at) {
    if (at < 0 || at >= this.columns.length) return;
    const column = this.columns[at];
    const y = this.sideOf(this.here.at, this.here.number)?.y ?? this.top;
    if (column.strip) {
      const share = (y - this.top) / this.down;
      this.visit(at, Math.min(column.count - 1, Math.max(0, Math.floor(share * column.count))));
      return;
    }
    const away = (number) => Math.abs(this.sideOf(at, number).y - y);
    const numbers = [...this.items[at].keys()];
    this.visit(at, numbers.reduce((best, n) => (away(n) < away(best) ? n : best), numbers[0]));
  }

  visit(at, number) {
    this.here = { at, number };
    const item = this.itemAt(at, number);
    if (item === this.board.getRootNode().activeElement) this.focused(item);
    else item.focus();
    item.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}
