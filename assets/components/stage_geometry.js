/*
 * The stage, part 1 of 7: the arithmetic of a sliding window. Pure functions, no page, no canvas.
 *
 * Rows and columns count from 0. Positions on the input may lie in its padding: -1 is the padded
 * row right above it. pages/support/stage.py joins the parts, in this order, into one module.
 */

/**
 * How a window slides along one axis.
 * @typedef {{size: number, kernel: number, stride: number, dilation: number,
 *            before: number, after: number}} Axis
 * @typedef {{row: number, column: number}} Cell
 * @typedef {{row: number, column: number, inside: boolean}} Tap one input position under the window
 */

/** Cells from the first to the last one under the kernel. @param {Axis} axis */
const reachOf = (axis) => axis.dilation * (axis.kernel - 1) + 1;

/** Windows that fit along the axis. @param {Axis} axis */
const outputSize = (axis) =>
  Math.floor((axis.size + axis.before + axis.after - reachOf(axis)) / axis.stride) + 1;

/** Input position under tap `tap` of window `output`. @param {Axis} axis */
const positionOf = (axis, output, tap) => output * axis.stride - axis.before + tap * axis.dilation;

/** Tap of window `output` that lies on `position`, or -1. @param {Axis} axis */
function tapOn(axis, output, position) {
  const tap = (position - positionOf(axis, output, 0)) / axis.dilation;
  return Number.isInteger(tap) && tap >= 0 && tap < axis.kernel ? tap : -1;
}

/** Windows with a tap on `position`, in order. @param {Axis} axis */
function windowsOver(axis, position) {
  const first = Math.ceil((position + axis.before - reachOf(axis) + 1) / axis.stride);
  const last = Math.floor((position + axis.before) / axis.stride);
  const windows = [];
  for (let w = Math.max(first, 0); w <= Math.min(last, outputSize(axis) - 1); w++) {
    if (tapOn(axis, w, position) >= 0) windows.push(w);
  }
  return windows;
}

/** Positions, padding included, that no window reaches. @param {Axis} axis */
function unreachedPositions(axis) {
  const positions = [];
  for (let p = -axis.before; p < axis.size + axis.after; p++) {
    if (windowsOver(axis, p).length === 0) positions.push(p);
  }
  return positions;
}

/** Whether a position is on the image itself, not in its padding. */
const isInside = ({ rows, columns }, { row, column }) =>
  row >= 0 && row < rows.size && column >= 0 && column < columns.size;

/** The taps of one output cell's window, row by row. @returns {Tap[]} */
function windowOf(model, cell) {
  const { rows, columns } = model;
  return Array.from({ length: rows.kernel * columns.kernel }, (_, tap) => {
    const position = {
      row: positionOf(rows, cell.row, Math.floor(tap / columns.kernel)),
      column: positionOf(columns, cell.column, tap % columns.kernel),
    };
    return { ...position, inside: isInside(model, position) };
  });
}

/** Every output cell whose window holds the input position. @returns {Cell[]} */
function outputsFedBy({ rows, columns }, position) {
  const across = windowsOver(columns, position.column);
  return windowsOver(rows, position.row).flatMap((row) =>
    across.map((column) => ({ row, column })));
}

/** Index of the tap of `cell`'s window that lies on `position`, or -1. */
function tapIndexOn({ rows, columns }, cell, position) {
  const i = tapOn(rows, cell.row, position.row);
  const j = tapOn(columns, cell.column, position.column);
  return i < 0 || j < 0 ? -1 : i * columns.kernel + j;
}

/** The fed output cell whose window lies most evenly around the position, or null. */
function outputCentredOn(model, position) {
  const offCentre = (axis, output, at) =>
    Math.abs(positionOf(axis, output, 0) + (reachOf(axis) - 1) / 2 - at);
  const distance = (cell) => offCentre(model.rows, cell.row, position.row)
    + offCentre(model.columns, cell.column, position.column);
  return outputsFedBy(model, position).reduce(
    (best, cell) => (best && distance(best) <= distance(cell) ? best : cell), null);
}

/** Little-endian float32 numbers from base64. @param {string} text @returns {Float32Array} */
function decodeFloats(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return new Float32Array(bytes.buffer);
}

/** What Python sent, with numbers decoded and both axes worked out. */
function readModel(data) {
  const [height, width, channels] = data.input.shape;
  const axis = (index, size) => ({
    size,
    kernel: data.window[index],
    stride: data.stride[index],
    dilation: data.dilation[index],
    before: data.padding[index][0],
    after: data.padding[index][1],
  });
  return {
    ...data,
    channels,
    planes: data.output.shape[2],
    rows: axis(0, height),
    columns: axis(1, width),
    input: decodeFloats(data.input.values),
    kernel: data.kernel ? decodeFloats(data.kernel) : null,
    output: decodeFloats(data.output.values),
    height: data.output.shape[0],
    width: data.output.shape[1],
  };
}

const inputAt = (model, row, column, channel) =>
  model.input[(row * model.columns.size + column) * model.channels + channel];

const outputAt = (model, row, column, plane) =>
  model.output[(row * model.width + column) * model.planes + plane];

const weightAt = (model, tap, channel) => model.kernel[tap * model.channels + channel];

/** One channel of a convolution window: its pixels, products and the sum so far after each. */
function weighWindow(model, taps, channel) {
  const pixels = taps.map((t) => (t.inside ? inputAt(model, t.row, t.column, channel) : 0));
  const products = pixels.map((pixel, tap) => pixel * weightAt(model, tap, channel));
  let sum = 0;
  const running = products.map((product) => (sum += product));
  return { pixels, products, running, result: sum };
}

const POOLS = {
  max: (soFar, pixel) => Math.max(soFar, pixel),
  min: (soFar, pixel) => Math.min(soFar, pixel),
  average: (soFar, pixel) => soFar + pixel,
};

/** One channel of a pooling window; padding takes no part and shows as null. */
function poolWindow(model, taps, channel) {
  const pixels = taps.map((t) => (t.inside ? inputAt(model, t.row, t.column, channel) : null));
  const present = pixels.filter((pixel) => pixel !== null);
  let value = null;
  const running = pixels.map((pixel) => {
    if (pixel !== null) value = value === null ? pixel : POOLS[model.mode](value, pixel);
    return value;
  });
  const result = model.mode === "average" ? value / present.length : value;
  return { pixels, products: null, running, result, count: present.length };
}

/**
 * Everything that happens at one output cell, in float64 as JavaScript counts.
 * `channels[c].result` is channel c's partial sum (or pooled value); `sum` has the bias in it;
 * `value` has been through the activation.
 */
function traceCell(model, cell) {
  const taps = windowOf(model, cell);
  const channels = [];
  for (let c = 0; c < model.channels; c++) {
    channels.push(model.kernel ? weighWindow(model, taps, c) : poolWindow(model, taps, c));
  }
  const sum = channels.reduce((total, { result }) => total + result, 0) + model.bias;
  return { taps, channels, sum, value: model.activation === "relu" ? Math.max(sum, 0) : sum };
}
