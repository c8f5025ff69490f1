/*
 * The planes' pictures: one sheet with all of them, a dot for each cell, and the same sheet paler by
 * steps, for what is further back.
 */

const STEPS = 6; // of paleness
const PALEST = 0.5;
const SHEET_WIDTH = 1024;

class Textures {
  /** `stacks`: {planes, width, height, flat, signed, numbers} or {..., pixels} of the image. */
  constructor(stacks, levels, palettes) {
    let [x, y, line, from] = [0, 0, 0, 0];
    this.spots = stacks.map(({ planes, width, height }) => Array.from({ length: planes }, () => {
      if (x + width > SHEET_WIDTH) [x, y, line] = [0, y + line, 0];
      const spot = { x, y };
      x += width;
      line = Math.max(line, height);
      return spot;
    }));
    this.sheet = makeSheet(SHEET_WIDTH, y + line);
    const context = this.sheet.getContext("2d");
    stacks.forEach((stack, at) => {
      const { planes, width, height, pixels, signed } = stack;
      for (let plane = 0; plane < planes; plane++) {
        const dots = context.createImageData(width, height);
        if (pixels) fillDots(dots.data, width * height, (n) => pixels.subarray(3 * n, 3 * n + 3));
        else {
          const palette = signed ? palettes.signed : palettes.magnitude;
          fillDots(dots.data, width * height, (n) => {
            const level = levels[from + n];
            return palette.subarray(3 * level, 3 * level + 3);
          });
          if (stack.flat) clearAfter(dots.data, stack);
          from += width * height;
        }
        const spot = this.spots[at][plane];
        context.putImageData(dots, spot.x, spot.y);
      }
    });
  }

  /** The sheets on a ground of that colour, from full to pale. */
  fade(ground) {
    if (ground === this.ground) return;
    this.ground = ground;
    this.sheets = Array.from({ length: STEPS }, (_, step) => {
      const sheet = makeSheet(this.sheet.width, this.sheet.height);
      const context = sheet.getContext("2d");
      context.drawImage(this.sheet, 0, 0);
      context.globalCompositeOperation = "source-atop";
      context.globalAlpha = (PALEST * step) / (STEPS - 1);
      context.fillStyle = ground;
      context.fillRect(0, 0, sheet.width, sheet.height);
      return sheet;
    });
  }

  /** The sheet for something that is so far back, from 0 to 1. */
  at(distance) {
    return this.sheets[Math.min(STEPS - 1, Math.max(0, Math.round(distance * (STEPS - 1))))];
  }
}

function makeSheet(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height: Math.max(1, height) });
}

function fillDots(dots, count, colour) {
  for (let n = 0; n < count; n++) {
    dots.set(colour(n), 4 * n);
    dots[4 * n + 3] = 255;
  }
}

/** Units stand top to bottom, then to the right: beyond the last one there is nothing. */
function clearAfter(dots, { width, height, numbers }) {
  for (let unit = numbers.length; unit < width * height; unit++) {
    const [column, row] = [Math.floor(unit / height), unit % height];
    dots.fill(0, 4 * (row * width + column), 4 * (row * width + column) + 4);
  }
}
