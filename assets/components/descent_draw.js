/*
 * What the race is drawn with: the ground in bands of one height, paths with a colour, a dash and a
 * marker each, so that they differ without colour, and the heights along them.
 */

const BANDS = 16;
const LOOKS = [
  { dash: [], marker: "circle" },
  { dash: [10, 4], marker: "square" },
  { dash: [9, 3, 2, 3], marker: "diamond" },
  { dash: [2, 3], marker: "triangle" },
  { dash: [5, 3], marker: "plus" },
];
const LEAST = 1e-6; // the lowest height on the curve's axis

/** The ground as a picture: levels in [0, 1], (size, size), row 0 along the top. */
function paintGround(levels, size, side, low, high) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  const dots = new Uint32Array(image.data.buffer);
  const shades = Array.from({ length: BANDS }, (_, band) => asDot(mix(low, high, band / (BANDS - 1))));
  const line = asDot(mix(low, high, 1.45));
  const unit = (size - 1) / (side - 1);
  const bands = new Uint8Array(side * side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const level = between(levels, size, row * unit, column * unit);
      bands[row * side + column] = Math.min(BANDS - 1, Math.floor(level * BANDS));
    }
  }
  for (let at = 0; at < bands.length; at++) {
    const edge = bands[at] !== bands[at - 1] || bands[at] !== bands[at - side];
    const inside = at % side && at >= side;
    dots[at] = edge && inside ? line : shades[bands[at]];
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** A colour of three bytes as a dot of a canvas, four bytes in one number. */
function asDot(colour) {
  return new Uint32Array(Uint8ClampedArray.of(...colour, 255).buffer)[0];
}

/** The value between four neighbours of a grid. */
function between(values, size, row, column) {
  // No arrays here: this is called for every dot of the picture.
  const top = Math.min(Math.floor(row), size - 2);
  const left = Math.min(Math.floor(column), size - 2);
  const down = row - top;
  const right = column - left;
  const at = top * size + left;
  const upper = values[at] * (1 - right) + values[at + 1] * right;
  const lower = values[at + size] * (1 - right) + values[at + size + 1] * right;
  return upper * (1 - down) + lower * down;
}

function mix(low, high, share) {
  return low.map((value, at) => Math.min(255, Math.max(0, Math.round(value + share * (high[at] - value)))));
}

/** A line through points [x, y] on the canvas, with a halo that parts it from the ground. */
function drawLine(context, points, look, colour, halo, ratio) {
  context.lineJoin = context.lineCap = "round";
  context.beginPath();
  points.forEach(([x, y]) => context.lineTo(x, y));
  if (halo) {
    context.setLineDash([]);
    context.lineWidth = 4.5 * ratio;
    context.strokeStyle = halo;
    context.stroke();
  }
  context.lineCap = look.dash.length && look.dash[0] > 2 ? "butt" : "round";
  context.setLineDash(look.dash.map((length) => length * ratio));
  context.lineWidth = 2.25 * ratio;
  context.strokeStyle = colour;
  context.stroke();
  context.setLineDash([]);
}

function drawMarker(context, x, y, marker, colour, halo, size) {
  context.beginPath();
  if (marker === "circle") context.arc(x, y, size, 0, 2 * Math.PI);
  if (marker === "square") context.rect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8);
  if (marker === "diamond") corners(context, x, y, [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]], size);
  if (marker === "triangle") corners(context, x, y, [[0, -1.25], [1.2, 0.95], [-1.2, 0.95]], size);
  if (marker === "plus") {
    const [a, b] = [1.3, 0.45];
    const plus = [[-b, -a], [b, -a], [b, -b], [a, -b], [a, b], [b, b], [b, a], [-b, a], [-b, b], [-a, b], [-a, -b], [-b, -b]];
    corners(context, x, y, plus, size);
  }
  context.fillStyle = colour;
  context.strokeStyle = halo;
  context.lineWidth = 0.3 * size;
  context.fill();
  context.stroke();
}

function corners(context, x, y, places, size) {
  places.forEach(([right, down]) => context.lineTo(x + right * size, y + down * size));
  context.closePath();
}

/** A cross, upright for the start (with a ring) or slanted for a lowest point. */
function drawCross(context, x, y, colour, halo, ratio, { ring = false, slanted = false } = {}) {
  const reach = (ring ? 9 : 6) * ratio;
  const tilt = slanted ? reach * 0.8 : 0;
  for (const [width, stroke] of [[5, halo], [2, colour]]) {
    context.lineWidth = width * ratio;
    context.strokeStyle = stroke;
    context.beginPath();
    if (slanted) {
      context.moveTo(x - tilt, y - tilt);
      context.lineTo(x + tilt, y + tilt);
      context.moveTo(x + tilt, y - tilt);
      context.lineTo(x - tilt, y + tilt);
    } else {
      context.moveTo(x - reach, y);
      context.lineTo(x + reach, y);
      context.moveTo(x, y - reach);
      context.lineTo(x, y + reach);
    }
    context.stroke();
    if (ring) {
      context.beginPath();
      context.arc(x, y, 5.5 * ratio, 0, 2 * Math.PI);
      context.stroke();
    }
  }
}

/** Axes of the heights: steps to the right, powers of ten upwards; returns how to place a point. */
function drawAxes(context, steps, most, colours, ratio) {
  const { width, height } = context.canvas;
  const [left, right, top, bottom] = [52, 12, 10, 36].map((gap) => gap * ratio);
  const [lowest, highest] = [Math.log10(LEAST), Math.log10(most)];
  const x = (step) => left + (step / steps) * (width - left - right);
  const y = (value) => {
    const power = Math.min(Math.max(Math.log10(Math.max(value, LEAST)), lowest), highest);
    return height - bottom - ((power - lowest) / (highest - lowest)) * (height - top - bottom);
  };
  context.font = `${12 * ratio}px ${colours.family}`;
  context.fillStyle = colours.text;
  context.strokeStyle = colours.line;
  context.lineWidth = ratio;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (let power = lowest; power <= highest; power += 2) {
    const value = 10 ** power;
    context.beginPath();
    context.moveTo(x(0), y(value));
    context.lineTo(x(steps), y(value));
    context.stroke();
    context.fillText(power < -3 ? `1e${Math.round(power)}` : String(Number(value.toPrecision(1))), x(0) - 8 * ratio, y(value));
  }
  context.textAlign = "center";
  for (let quarter = 0; quarter <= 4; quarter++) {
    const step = Math.round((steps * quarter) / 4);
    context.fillText(step, x(step), height - bottom + 12 * ratio);
  }
  context.fillText("step", x(steps / 2), height - 8 * ratio);
  return { x, y };
}

/** A canvas of the size that its style gives it, cleared. */
function clean(canvas) {
  const context = fit(canvas);
  context.clearRect(0, 0, canvas.width, canvas.height);
  return context;
}
