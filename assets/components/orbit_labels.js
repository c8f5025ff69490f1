/*
 * The stacks' names under them, as pictures that can be drawn quickly, and never one on another. Set
 * between orbit_space.js and orbit.js.
 */

const TEXT = 12; // screen pixels of the letters
const LOWEST = 8; // screen pixels below the floor under a stack's middle

class Labels {
  constructor(theme) {
    this.theme = theme;
    this.ratio = 1;
    this.clear();
  }

  clear() {
    this.pictures = new Map();
    this.boxes = [];
  }

  /** As much as there is room for on a shelf: title and shape, the title, a word, the number. */
  draw(context, space, stacks, chosen) {
    this.boxes = [];
    const numbered = ({ layer }, text) => (layer ? `${layer} ${text}` : text);
    const texts = [
      (stack) => [numbered(stack, stack.title), stack.shape],
      (stack) => [numbered(stack, stack.title)],
      (stack) => [numbered(stack, stack.word)],
      (stack) => [stack.layer ? `${stack.layer}` : stack.word],
    ];
    for (const shelf of space.shelves) {
      const boxes = shelf.map((item) => ({ item, length: 0 }));
      const write = (box) => Object.assign(box, this.box(space, box.item,
        texts[box.length](stacks[box.item.at]), box.item.at === chosen));
      boxes.forEach(write);
      this.shorten(boxes, texts.length - 1, write);
      boxes.sort((one, other) => other.isChosen - one.isChosen);
      for (const box of boxes) {
        if (!box.isInside) continue;
        const isFree = !this.boxes.some((drawn) => overlap(box, drawn));
        if (isFree && (box.isChosen || !this.isCovered(space, box))) this.boxes.push(box);
      }
    }
    for (const { picture, left, top, width, height } of this.boxes) {
      context.drawImage(picture, left, top, width, height);
    }
  }

  /** Whether planes lie behind a label's name: it would seem to be theirs. */
  isCovered(space, { left, top, width }) {
    const line = top + 2 + TEXT / 2;
    return [0.2, 0.5, 0.8].some((share) => space.pick(left + share * width, line));
  }

  /** Of two that touch the wider one says less, as long as it can. */
  shorten(boxes, shortest, write) {
    for (let n = 1; n < boxes.length; n++) {
      const pair = [boxes[n - 1], boxes[n]];
      if (!overlap(...pair)) continue;
      const wider = pair.filter(({ length }) => length < shortest)
        .sort((one, other) => other.width - one.width)[0];
      if (!wider) continue;
      wider.length++;
      write(wider);
      n = Math.max(0, n - 2);
    }
  }

  box(space, item, lines, isChosen) {
    const picture = this.picture(lines, isChosen);
    const [width, height] = [picture.width / this.ratio, picture.height / this.ratio];
    const thick = space.thickness(item);
    const [near, middle, far] = [0, thick / 2, thick].map((a) =>
      [-1, 1].map((side) => space.point(item, a, (side * item.width) / 2, 0)));
    const lowest = (corners) => Math.max(...corners.map(([, y]) => y));
    // Below the lowest corner, but not far below the middle of a stack that is spread.
    const below = Math.min(Math.max(lowest(near), lowest(far)), lowest(middle) + LOWEST);
    const centre = (middle[0][0] + middle[1][0]) / 2;
    // On whole dots of the screen, or letters blur.
    const whole = (at) => Math.round(at * this.ratio) / this.ratio;
    const left = whole(clamp(centre - width / 2, 0, space.across - width));
    const top = whole(below + 3);
    const isInside = centre > 0 && centre < space.across && top + height <= space.down;
    return { at: item.at, picture, isChosen, isInside, left, top, width, height };
  }

  picture(lines, isChosen) {
    const key = `${isChosen} ${lines.join("\n")}`;
    if (!this.pictures.has(key)) this.pictures.set(key, this.make(lines, isChosen));
    return this.pictures.get(key);
  }

  make(lines, isChosen) {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    const fonts = lines.map((_, n) =>
      `${n ? 400 : isChosen ? 700 : 600} ${n ? TEXT - 1 : TEXT}px ${this.theme.font}`);
    const widths = lines.map((line, n) => {
      context.font = fonts[n];
      return context.measureText(line).width;
    });
    const line = TEXT + 3;
    canvas.width = Math.ceil((Math.max(...widths) + 6) * this.ratio);
    canvas.height = Math.ceil((lines.length * line + 4) * this.ratio);
    context.scale(this.ratio, this.ratio);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    lines.forEach((text, n) => {
      const place = [canvas.width / this.ratio / 2, 2 + (n + 0.5) * line];
      context.font = fonts[n];
      context.lineWidth = 4;
      context.strokeStyle = this.theme.ground;
      context.strokeText(text, ...place);
      context.fillStyle = isChosen ? this.theme.accent : this.theme.text;
      context.fillText(text, ...place);
    });
    return canvas;
  }

  /** The place of the stack whose label is there, or null. */
  at(x, y) {
    const found = this.boxes.find(({ left, top, width, height }) =>
      x >= left && x < left + width && y >= top && y < top + height);
    return found ? found.at : null;
  }
}

function overlap(one, other) {
  return one.left < other.left + other.width && other.left < one.left + one.width
    && one.top < other.top + other.height && other.top < one.top + one.height;
}
