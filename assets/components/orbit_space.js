/*
 * Where a network's stacks of planes stand, and where that is on the screen. Set between canvas.js
 * and the script that uses it.
 *
 * The stacks stand on shelves, one below the other, like books: from the image on. In that space the
 * network runs along an axis, a plane's rows go down and its columns across the axis; the longer
 * side of the largest plane is 1. The eye looks on from afar (no perspective): `yaw` is how far it
 * has gone around, 0 seeing the planes from the side and a right angle from the front; `tilt` is how
 * far it is above. Of two parallel planes the one beyond is painted first, so that nothing has to
 * be sorted.
 */

const PITCH = 0.034; // between two planes of a stack
const SPREAD = 0.2; // the same of the stack that is opened
const BETWEEN = { share: 0.62, least: 0.3, flat: 0.5 }; // stacks, by the width of the planes beside
const OVER = 0.2; // a shelf's planes, below the shelf above
const CAPTION = 40; // screen pixels under a shelf, for labels
const MARGIN = { side: 30, top: 14 }; // screen pixels
const START = { yaw: 0.62, tilt: 0.21 }; // radians
const NEAREST = 1.3; // the scale may grow by that while turning

/** Width and height of a plane: sides grow with the square root of the cells, cells of units less. */
function planeSize({ width, height, flat }, largest) {
  if (flat) {
    const cell = Math.min(0.075, 0.9 / height);
    return [width * cell, height * cell];
  }
  const longer = Math.max(width, height);
  const unit = Math.sqrt(longer / largest) / longer;
  return [width * unit, height * unit];
}

class Space {
  /** `stacks`: {planes, width, height, flat} in the network's order, sizes in cells. */
  constructor(stacks) {
    const largest = Math.max(...stacks.map(({ width, height, flat }) => (flat ? 1 : Math.max(width, height))));
    this.items = stacks.map((stack, at) => {
      const [width, height] = planeSize(stack, largest);
      return { at, planes: stack.planes, isFlat: stack.flat, width, height, pitch: PITCH };
    });
  }

  /** As many shelves as let the planes be largest on a canvas of so many screen pixels. */
  arrange(across, down) {
    Object.assign(this, { across, down });
    let best = 0;
    let chosen;
    for (let count = 1; count <= this.items.length; count++) {
      this.shelves = this.share(count);
      this.place();
      const scale = this.scaleFor(START.yaw, START.tilt);
      if (scale > best) [best, chosen] = [scale, this.shelves];
      else if (scale < 0.7 * best) break;
    }
    this.largest = NEAREST * best;
    this.shelves = chosen;
    this.place();
  }

  /** The stacks on `count` shelves, the longest of which is as short as can be. */
  share(count) {
    const lengths = this.items.map((_, at) => this.lengthWithGap(at));
    let [low, high] = [Math.max(...lengths), lengths.reduce((sum, length) => sum + length, 0)];
    let shelves;
    for (let round = 0; round < 20; round++) {
      const limit = (low + high) / 2;
      const tried = this.fill(lengths, limit);
      if (tried.length <= count) [high, shelves] = [limit, tried];
      else low = limit;
    }
    return shelves ?? this.fill(lengths, high);
  }

  fill(lengths, limit) {
    const shelves = [[]];
    let used = 0;
    this.items.forEach((item, at) => {
      if (used && used + lengths[at] > limit) {
        shelves.push([]);
        used = 0;
      }
      shelves.at(-1).push(item);
      used += lengths[at];
    });
    return shelves;
  }

  lengthWithGap(at) {
    return this.thickness(this.items[at]) + this.gapAfter(this.items[at], this.items[at + 1]);
  }

  thickness({ planes, pitch }) {
    return (planes - 1) * pitch;
  }

  gapAfter(item, next) {
    const least = item.isFlat || next?.isFlat ? BETWEEN.flat : BETWEEN.least;
    return Math.max(least, BETWEEN.share * (item.width + (next ?? item).width) / 2);
  }

  /** Give every stack its place: `start` on the axis, `floor` downwards, and its shelf. */
  place() {
    let floor = 0;
    this.boards = this.shelves.map((shelf, number) => {
      const gaps = shelf.slice(1).map((item, n) => this.gapAfter(shelf[n], item));
      const length = shelf.reduce((sum, item) => sum + this.thickness(item), 0)
        + gaps.reduce((sum, gap) => sum + gap, 0);
      floor += Math.max(...shelf.map(({ height }) => height)) + (number ? OVER : 0);
      let start = -length / 2;
      shelf.forEach((item, n) => {
        Object.assign(item, { start, floor, shelf: number });
        start += this.thickness(item) + (gaps[n] ?? 0);
      });
      const width = Math.max(...shelf.map((item) => item.width));
      return { number, floor, width, from: -length / 2, to: length / 2 };
    });
  }

  // ---- the eye ------------------------------------------------------------------------------

  /** Directions on the screen, of length 1, and how deep one goes along each. */
  static axes(yaw, tilt) {
    const [c, s, ct, st] = [Math.cos(yaw), Math.sin(yaw), Math.cos(tilt), Math.sin(tilt)];
    return {
      along: [c, -s * st, s * ct],
      across: [s, c * st, -c * ct],
      down: [0, ct, st],
    };
  }

  /** Left, right, top and bottom of everything, at scale 1 and without the shelves' captions. */
  extent({ along, across, down }) {
    const box = [Infinity, -Infinity, Infinity, -Infinity];
    for (const item of this.items) {
      const ends = [item.start, item.start + this.thickness(item)];
      for (const a of ends) {
        for (const u of [-item.width / 2, item.width / 2]) {
          const x = a * along[0] + u * across[0];
          const y = a * along[1] + u * across[1] + item.floor * down[1];
          box[0] = Math.min(box[0], x);
          box[1] = Math.max(box[1], x);
          box[2] = Math.min(box[2], y - item.height * down[1]);
          box[3] = Math.max(box[3], y);
        }
      }
    }
    return box;
  }

  captions() {
    return (this.shelves.length - 1) * CAPTION;
  }

  scaleFor(yaw, tilt) {
    const [left, right, top, bottom] = this.extent(Space.axes(yaw, tilt));
    const room = [this.across - 2 * MARGIN.side, this.down - MARGIN.top - CAPTION - this.captions()];
    return Math.max(1, Math.min(room[0] / (right - left), room[1] / (bottom - top)));
  }

  /** Look from there: everything fits, whatever the angle, until `zoom` draws a place nearer, that
      at `along` the axis, `floor` downwards and on `shelf`; all three need not be whole. */
  look({ yaw, tilt, zoom, along: at, floor, shelf }) {
    this.axes = Space.axes(yaw, tilt);
    const { along, across, down } = this.axes;
    this.scale = Math.min(this.scaleFor(yaw, tilt), this.largest) * zoom;
    const [left, right, top, bottom] = this.extent(this.axes);
    const below = this.down - CAPTION + MARGIN.top;
    this.left = this.across / 2 - this.scale * (left + right) / 2;
    this.top = (below - this.captions()) / 2 - this.scale * (top + bottom) / 2;
    const [x, y] = this.point({ start: at, floor, shelf }, 0, 0, 0);
    this.left += (1 - 1 / zoom) * (this.across / 2 - x);
    this.top += (1 - 1 / zoom) * (this.down / 2 - y);
    // A plane shows beyond the one before it by these shares of its width and of its height.
    this.slip = (item) => {
      const u = -item.pitch * along[0] / (item.width * across[0]);
      const v = (-item.pitch * along[1] - u * item.width * across[1]) / (item.height * down[1]);
      return along[2] > 0 ? [u, v] : [-u, -v];
    };
    const depths = this.items.flatMap((item) =>
      [item.start, item.start + this.thickness(item)].map((a) => this.depth(item, a)));
    this.nearest = Math.min(...depths);
    this.range = Math.max(Math.max(...depths) - this.nearest, 4);
  }

  /** The place in the middle of everything, of a stack, or of one of its planes. */
  placeOf(item, plane = null) {
    const last = this.boards.at(-1);
    if (!item) return { along: 0, floor: last.floor / 2, shelf: last.number / 2 };
    const along = item.start + (plane === null ? this.thickness(item) / 2 : plane * item.pitch);
    return { along, floor: item.floor - item.height / 2, shelf: item.shelf };
  }

  depth(item, a) {
    return a * this.axes.along[2] + item.floor * this.axes.down[2];
  }

  /** How far back a plane is, from 0 to 1. */
  distance(item, plane) {
    return (this.depth(item, item.start + plane * item.pitch) - this.nearest) / this.range;
  }

  /** Screen pixels of a point: `a` from a stack's first plane, `u` from its middle, `v` downwards
      from its floor. */
  point(item, a, u, v) {
    const { along, across, down } = this.axes;
    const from = item.start + a;
    const low = item.floor + v;
    return [
      this.left + this.scale * (from * along[0] + u * across[0]),
      this.top + this.scale * (from * along[1] + u * across[1] + low * down[1]) + item.shelf * CAPTION,
    ];
  }

  /** A plane on the screen: its top left corner, its upper and its left edge. */
  plane(item, number) {
    const { across, down } = this.axes;
    const [x, y] = this.point(item, number * item.pitch, -item.width / 2, -item.height);
    const [w, h] = [this.scale * item.width, this.scale * item.height];
    return { x, y, ux: w * across[0], uy: w * across[1], vx: h * down[0], vy: h * down[1] };
  }

  /** The four corners of a shelf. */
  board({ from, to, width, floor, number }) {
    const place = { start: 0, floor, shelf: number };
    const half = width / 2 + 0.06;
    const ends = [from - 0.12, to + 0.12];
    return [[ends[0], -half], [ends[1], -half], [ends[1], half], [ends[0], half]]
      .map(([a, u]) => this.point(place, a, u, 0));
  }

  /** Shelves from the farthest to the nearest, each with its stacks in that order. */
  backToFront() {
    const { along } = this.axes;
    const shelves = this.boards.map((board) => ({
      board,
      items: along[2] > 0 ? this.shelves[board.number].toReversed() : this.shelves[board.number],
    }));
    return this.axes.down[2] >= 0 ? shelves.toReversed() : shelves;
  }

  /** A stack's planes from the farthest to the nearest. */
  planesOf({ planes }) {
    const numbers = Array.from({ length: planes }, (_, n) => n);
    return this.axes.along[2] > 0 ? numbers.toReversed() : numbers;
  }

  /** Whether a point is within the upright box around a stack. */
  isNear(item, x, y) {
    const first = this.plane(item, 0);
    const last = this.plane(item, item.planes - 1);
    const [left, right] = first.x < last.x ? [first.x, last.x] : [last.x, first.x];
    const [top, bottom] = first.y < last.y ? [first.y, last.y] : [last.y, first.y];
    return x >= left + Math.min(first.ux, 0) && x <= right + Math.max(first.ux, 0)
      && y >= top + Math.min(first.uy, 0) && y <= bottom + Math.max(first.uy, 0) + first.vy;
  }

  /** What is under a point of the screen: {item, plane, u, v} with shares of the plane, or null. */
  pick(x, y) {
    for (const { items } of this.backToFront().toReversed()) {
      for (const item of items.toReversed()) {
        if (!this.isNear(item, x, y)) continue;
        for (const plane of this.planesOf(item).toReversed()) {
          const found = sharesIn(this.plane(item, plane), x, y);
          if (found) return { item, plane, ...found };
        }
      }
    }
    return null;
  }
}

/** Where in a parallelogram a point is, in shares of its edges; null if it is outside. */
function sharesIn({ x, y, ux, uy, vx, vy }, px, py) {
  const size = ux * vy - uy * vx;
  if (Math.abs(size) < 1) return null;
  const [dx, dy] = [px - x, py - y];
  const u = (dx * vy - dy * vx) / size;
  const v = (dy * ux - dx * uy) / size;
  return u >= 0 && u < 1 && v >= 0 && v < 1 ? { u, v } : null;
}
