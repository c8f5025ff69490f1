/*
 * The map of a network, part 1: what Python sent, where everything stands, and what is made from
 * what. No events here: network_edges.js and network_map.js join on, and `canvas.js` comes before all.
 *
 * A column is the image or a layer; an item of it is a map, a unit, or a strip of very many units.
 * Items of a column are known by their number in the layer, from 0.
 */

const MINUS = "−";
const BOX = { least: 28, first: 64, most: 160 }; // screen pixels that the largest map may take
const ZOOM = 1.2; // the least growth from one size to the next
const ROW_GAP = 8;
const NARROW_GAP = 12; // between columns whose maps are made one from one
const WIDE_GAP = { least: 28, most: 90 }; // where edges cross
// Room for words, which grows with the reader's letters.
const HEAD = 64; // for names above the maps
const FOOT = 52; // for leafing below them
const STRIP = 16; // pixels across, of a row of very many numbers
const LABEL = 36; // the least for the name of a column
const MOST_UNITS = 16; // that stand one by one; more become a strip
const UNIT = 22;
const EDGE = 14; // left of the first column and right of the last
const CAPTION = 104; // for the names of classes
const USUAL_LETTERS = 16; // pixels

/** Pixels of room for words, where letters have the size that readers have chosen. */
const forWords = (pixels) => (
  (pixels * parseFloat(getComputedStyle(document.documentElement).fontSize)) / USUAL_LETTERS);

const readWholes = (text) => new Uint32Array(readBytes(text).buffer);
const readShares = (text) => new Int8Array(readBytes(text).buffer);

/** A column as Python sent it, its arrays decoded. */
function readColumn(column, at) {
  const [height, width] = column.shape.length === 3 ? column.shape : [1, 1];
  const count = column.shape[column.shape.length - 1];
  const numbers = readWholes(column.numbers);
  const limits = readFloats(column.limits);
  return {
    ...column,
    at,
    height,
    width,
    count,
    flat: column.shape.length === 1,
    strip: column.shape.length === 1 && count > MOST_UNITS,
    numbers,
    placeOf: new Map([...numbers].map((number, place) => [number, place])),
    order: readWholes(column.order),
    levels: readBytes(column.levels),
    limits,
    most: limits.reduce((most, limit) => Math.max(most, limit), 0),
    low: readFloats(column.low),
    high: readFloats(column.high),
    links: column.links && {
      ...column.links,
      inputs: readWholes(column.links.inputs),
      shares: readShares(column.links.shares),
      largest: readFloats(column.links.largest),
    },
  };
}

/** What item `number` of a column is made from: {number, share} each, the share in -1..1. */
function inputsOf(columns, at, number) {
  const { links, placeOf, numbers } = columns[at];
  const before = columns[at - 1];
  const place = placeOf.get(number);
  if (!links || place === undefined) return [];
  if (links.kind === "same") return [{ number, share: null }];
  if (links.kind === "flatten") return [{ number: number % before.count, share: null }];
  if (links.kind === "all") {
    return [...links.inputs].map((input, row) => (
      { number: input, share: links.shares[row * numbers.length + place] / 127 }));
  }
  const each = links.inputs.length / numbers.length;
  return [...links.inputs.subarray(place * each, (place + 1) * each)].map((input, k) => (
    { number: input, share: links.shares[place * each + k] / 127 }));
}

/** The largest magnitude on the scale of a column's item. */
function limitOf(columns, at, number, scale) {
  const column = columns[at];
  if (column.kind === "image") return 1;
  if (scale === "net") return Math.max(...columns.slice(1).map(({ most }) => most));
  if (scale === "layer" || column.flat) return column.most;
  return column.limits[column.placeOf.get(number)] ?? 0;
}

/** Whether a column's strongest maps come first: never of the image, and of what keeps its channels. */
const isSorted = (column, strongest) => strongest && !column.flat && column.group > 0;

/** The numbers of the items that stand in a column now, from top to bottom. */
function shownIn(column, { rows, strongest, pages }) {
  if (column.strip) return [];
  if (column.flat) return [...column.numbers]; // few, and each has a name
  const source = isSorted(column, strongest) ? column.order : column.numbers;
  const page = pages.get(column.group) ?? 0;
  return [...source.slice(page * rows, (page + 1) * rows)];
}

/** Layers that pass on the very maps they are given take half the room. */
const isIdle = ({ kind, activation }) => (
  kind === "dropout" || (kind === "activation" && activation === "linear"));

/** The sizes that the largest map can have: a whole number of the screen's own dots to a cell. */
function boxesFor(columns) {
  const ratio = window.devicePixelRatio || 1;
  const sides = columns.filter(({ flat }) => !flat).map(({ width, height }) => Math.max(width, height));
  const largest = Math.max(...sides);
  const boxes = [];
  for (let dots = 1; (dots * largest) / ratio <= Math.max(BOX.most, largest); dots++) {
    const box = (dots * largest) / ratio;
    if (box >= BOX.least && (!boxes.length || box >= boxes.at(-1) * ZOOM)) boxes.push(box);
  }
  return boxes.length ? boxes : [BOX.least];
}

/** Where every column stands, in screen pixels: {left, across, down} each. */
function placeColumns(columns, box, room) {
  const ratio = window.devicePixelRatio || 1;
  const sizes = columns.map((column) => {
    if (column.strip) return { across: STRIP, down: 0 };
    if (column.flat) return { across: Math.min(box, UNIT), down: Math.min(box, UNIT) };
    // A whole number of the screen's own dots to a cell.
    const longest = Math.max(column.width, column.height);
    const most = isIdle(column) ? box / 2 : box;
    const scale = Math.max(1, Math.floor((most * ratio) / longest + 1e-6)) / ratio;
    return { across: column.width * scale, down: column.height * scale };
  });
  const wide = columns.map((column, at) => at > 0 && column.group !== columns[at - 1].group);
  const captions = columns.at(-1).captions ? forWords(CAPTION) : 0;
  const label = forWords(LABEL);
  const lead = (at) => Math.max(0, label - sizes[at].across) / 2;
  const fixed = columns.reduce((sum, _, at) => (
    sum + sizes[at].across + 2 * lead(at) + (wide[at] || at === 0 ? 0 : NARROW_GAP)), captions);
  const count = Math.max(1, wide.filter(Boolean).length);
  const free = (room - fixed - 2 * EDGE) / count;
  const gap = Math.min(WIDE_GAP.most, Math.max(WIDE_GAP.least, Math.floor(free)));
  let left = EDGE;
  columns.forEach((column, at) => {
    left += (at === 0 ? 0 : wide[at] ? gap : NARROW_GAP) + lead(at);
    sizes[at].left = Math.round(left * ratio) / ratio;
    left += sizes[at].across + lead(at);
  });
  return { places: sizes, width: Math.ceil(left + captions + EDGE) };
}

/** The largest of `boxes` with which all columns fit; if they never do, one that shows the maps well. */
function boxThatFits(columns, boxes, room) {
  const moderate = boxes.filter((box) => box <= BOX.first);
  const fits = (box) => placeColumns(columns, box, 0).width <= room;
  return moderate.filter(fits).at(-1) ?? moderate.at(-1) ?? boxes[0];
}

/** The colour of a level or a number of a column, as three bytes. */
function colourOf(palette, share) {
  const last = palette.length / 3 - 1;
  const at = palette.length === 765 ? Math.round((share + 1) * 127) : Math.round(share * 255);
  const level = Math.min(last, Math.max(0, at));
  return palette.subarray(3 * level, 3 * level + 3);
}

/** A palette as a background, from its first colour to its last. */
function gradientOf(palette) {
  const last = palette.length / 3 - 1;
  const stops = Array.from({ length: 9 }, (_, at) => {
    const level = 3 * Math.round((at / 8) * last);
    return `rgb(${[...palette.subarray(level, level + 3)].join()})`;
  });
  return `linear-gradient(to right, ${stops.join()})`;
}

/** Paint a map: its levels of its own limit, on the scale whose last colour is `limit`. */
function paintMap(canvas, column, number, limit, palettes) {
  const size = column.width * column.height;
  const place = column.placeOf.get(number);
  const levels = column.levels.subarray(place * size, (place + 1) * size);
  const own = column.limits[place];
  const factor = limit > 0 ? own / limit : 0;
  const tint = column.tints?.[number];
  const palette = tint ? null : palettes[column.signed ? "signed" : "magnitude"];
  // One colour for each of the 256 levels, worked out once: bytes of red, green, blue and full cover.
  const table = new Uint8Array(4 * 256);
  for (let level = 0; level < 256; level++) {
    const share = column.signed ? (level - 127) / 127 : level / 255;
    const colour = tint ? tint.map((most) => (most * level) / 255) : colourOf(palette, share * factor);
    table.set([...colour, 255], 4 * level);
  }
  const words = new Uint32Array(table.buffer);
  Object.assign(canvas, { width: column.width, height: column.height });
  const context = canvas.getContext("2d");
  const dots = context.createImageData(column.width, column.height);
  const cells = new Uint32Array(dots.data.buffer);
  for (let at = 0; at < size; at++) cells[at] = words[levels[at]];
  context.putImageData(dots, 0, 0);
}

function paintUnit(canvas, column, number, limit, palettes) {
  const palette = palettes[column.signed ? "signed" : "magnitude"];
  const value = column.low[column.placeOf.get(number)];
  Object.assign(canvas, { width: 1, height: 1 });
  const context = canvas.getContext("2d");
  context.fillStyle = `rgb(${[...colourOf(palette, limit > 0 ? value / limit : 0)].join()})`;
  context.fillRect(0, 0, 1, 1);
}

/** Paint very many numbers one under the other; what shares a row of dots shows its largest. */
function paintStrip(canvas, column, limit, palettes, down) {
  const palette = palettes[column.signed ? "signed" : "magnitude"];
  const rows = Math.round(down * (window.devicePixelRatio || 1));
  Object.assign(canvas, { width: 1, height: rows });
  const context = canvas.getContext("2d");
  const dots = context.createImageData(1, rows);
  const count = column.low.length;
  for (let row = 0; row < rows; row++) {
    const first = Math.floor((row * count) / rows);
    const past = Math.max(first + 1, Math.floor(((row + 1) * count) / rows));
    let value = 0;
    for (let at = first; at < past; at++) {
      if (Math.abs(column.low[at]) > Math.abs(value)) value = column.low[at];
    }
    dots.data.set(colourOf(palette, limit > 0 ? value / limit : 0), 4 * row);
    dots.data[4 * row + 3] = 255;
  }
  context.putImageData(dots, 0, 0);
}

/** Three significant digits, with a minus sign as people write it. */
function numberText(value) {
  if (!Number.isFinite(value)) return "no number";
  const text = Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
  return text.replace("-", MINUS);
}

/** The numbers of an item: "from 0 to 2.3", or its one number. */
function rangeText(column, number) {
  const place = column.placeOf.get(number);
  const [low, high] = [column.low[place], column.high[place]];
  if (column.flat || low === high) return numberText(low) + (column.flat ? "" : " everywhere");
  return `from ${numberText(low)} to ${numberText(high)}`;
}

/** What an item is called: "map 4", "unit 7", "red". */
function nameOf(column, number) {
  if (column.names) return column.names[number];
  if (column.captions) return `class ${column.captions[number]}`;
  const noun = !column.flat ? "map" : column.kind === "flatten" ? "number" : "unit";
  return `${noun} ${number + 1}`;
}

const layerName = (column) => (
  column.kind === "image" ? "the image" : `layer ${column.index + 1}, ${column.title}`);

/** In a sentence, what an item is made from. */
function madeOf(columns, at, number) {
  const { links, placeOf } = columns[at];
  const before = columns[at - 1];
  if (!links) return "";
  const inputs = inputsOf(columns, at, number);
  if (links.kind === "same" || links.kind === "flatten") {
    return `Made from ${nameOf(before, inputs[0].number)} of ${layerName(before)}.`;
  }
  const scale = links.largest[placeOf.get(number)];
  const every = `all ${before.count} ${before.flat ? "numbers" : "maps"} of ${layerName(before)}`;
  if (!(scale > 0)) return `Made from ${every}.`;
  const strongest = [...inputs].sort((a, b) => Math.abs(b.share) - Math.abs(a.share)).slice(0, 3);
  const sign = (share) => (share < 0 ? MINUS : "+") + numberText(Math.abs(share * scale));
  const list = strongest.map((each) => `${nameOf(before, each.number)} (${sign(each.share)})`);
  const whose = before.flat ? "products" : "mean parts of a cell's sum";
  return `Made from ${every}; largest ${whose}: ${list.join(", ")}.`;
}
