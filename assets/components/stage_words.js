/*
 * The stage, part 2 of 7: numbers as text and what the stage says. Pure functions.
 *
 * On screen rows and columns count from 1.
 */

const MOST_STEPS = 27; // products that are written out one by one; more make a grid
const MOST_TERMS = 4; // channels whose arithmetic is shown side by side; of more, one at a time

const POOL_WORDS = {
  max: { running: "largest so far", result: "largest" },
  min: { running: "smallest so far", result: "smallest" },
  average: { running: "sum so far", result: "average" },
};

/** A number with a true minus sign, and no minus before a zero. */
function formatNumber(value, decimals) {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? `\u2212${text}` : text;
}

/** The largest distance from zero, never 0 itself, so that it can be a scale's end. */
const limitOf = (values) =>
  values.reduce((limit, value) => Math.max(limit, Math.abs(value)), 0) || 1;

/** Decimals that tell numbers of this size apart. */
const decimalsForLimit = (limit) => (limit >= 100 ? 1 : limit >= 0.1 ? 2 : 3);

/** None, one or two where that shows all values exactly, else what their size asks for. */
function decimalsFor(values) {
  const isExact = (factor) =>
    values.every((v) => Math.abs(v * factor - Math.round(v * factor)) < 1e-5 * factor);
  const exact = [0, 1, 2].find((decimals) => isExact(10 ** decimals));
  return exact ?? decimalsForLimit(limitOf(values));
}

/** How many decimals every kind of number gets; fixed until the data changes. */
function decimalsOf({ input, kernel, output, bias }) {
  const inputs = decimalsFor(input);
  const weights = kernel ? decimalsFor(kernel) : 0;
  const whole = inputs + weights === 0;
  const products = whole ? 0 : decimalsForLimit(limitOf(input) * (kernel ? limitOf(kernel) : 1));
  const outputs = decimalsFor(output);
  const sums = Math.max(products, outputs, decimalsFor([bias]));
  return { inputs, weights, products, outputs, sums };
}

const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const place = ({ row, column }) => `row ${row + 1}, column ${column + 1}`;
const cellOfTap = ({ columns }, tap) =>
  ({ row: Math.floor(tap / columns.kernel), column: tap % columns.kernel });

/** Channels whose arithmetic is on screen. */
const shownChannels = ({ channels }, active) =>
  (channels <= MOST_TERMS ? Array.from({ length: channels }, (_, c) => c) : [active]);

/** `textOf` each shown channel, each with its channel's name if there are several. */
const listChannels = (model, active, textOf) => shownChannels(model, active)
  .map((c) => (model.channels > 1 ? `${model.names[c]} ${textOf(c)}` : textOf(c))).join("; ");

/** "row 3, column 5: sum 0.42". */
function selectionSentence(model, { selection, channel }, trace, decimals) {
  const number = (value) => formatNumber(value, decimals.sums);
  if (!model.kernel) {
    const results = listChannels(model, channel, (c) => number(trace.channels[c].result));
    return `${place(selection)}: ${POOL_WORDS[model.mode].result} ${results}`;
  }
  const after = model.activation ? `, after ReLU ${number(trace.value)}` : "";
  const part = model.channels > MOST_TERMS
    ? `; channel ${model.names[channel]} gives ${number(trace.channels[channel].result)}` : "";
  return `${place(selection)}: sum ${number(trace.sum)}${after}${part}`;
}

/** "pixel in row 4, column 7: 0.20, in 9 windows". */
function pixelSentence(model, { probe, channel }, decimals) {
  const { row, column } = probe;
  const windows = plural(outputsFedBy(model, probe).length, "window");
  if (!isInside(model, probe)) return `padding, in ${windows}`;
  const values = listChannels(model, channel, (c) =>
    formatNumber(inputAt(model, row, column, c), decimals.inputs));
  return `pixel in ${place(probe)}: ${values}, in ${windows}`;
}

/** "row 1, column 2 of the window: 0.20 x -1 = -0.20". */
function tapSentence(model, { probe: { tap }, channel }, trace, decimals) {
  const values = listChannels(model, channel, (c) => {
    const { pixels, products } = trace.channels[c];
    if (pixels[tap] === null) return "padding, left out";
    const pixel = formatNumber(pixels[tap], decimals.inputs);
    if (!model.kernel) return pixel;
    const weight = formatNumber(weightAt(model, tap, c), decimals.weights);
    return `${pixel} \u00d7 ${weight} = ${formatNumber(products[tap], decimals.products)}`;
  });
  return `${place(cellOfTap(model, tap))} of the window: ${values}`;
}

/** What the stage says about the thing that is pointed at. */
function sentenceOf(model, state, trace, decimals) {
  if (!state.probe) return selectionSentence(model, state, trace, decimals);
  if (state.probe.kind === "pixel") return pixelSentence(model, state, decimals);
  return tapSentence(model, state, trace, decimals);
}

/** "2 columns on the right", "3 rows between the windows", ... for one axis. */
function describeUnreached(axis, noun, end) {
  const lastReached = positionOf(axis, outputSize(axis) - 1, axis.kernel - 1);
  const all = unreachedPositions(axis);
  const atEnd = all.filter((p) => p > lastReached);
  const groups = [
    [atEnd.filter((p) => p < axis.size), "", end],
    [atEnd.filter((p) => p >= axis.size), " of padding", end],
    [all.filter((p) => p < lastReached), "", "between the windows"],
  ];
  return groups.filter(([cells]) => cells.length > 0)
    .map(([cells, kind, where]) => `${plural(cells.length, noun)}${kind} ${where}`);
}

/** One sentence that counts the rows and columns in no window. */
function unreachedSentence({ rows, columns }) {
  const parts = [
    ...describeUnreached(columns, "column", "on the right"),
    ...describeUnreached(rows, "row", "at the bottom"),
  ];
  if (parts.length === 0) return "Every input cell is in at least one window.";
  const list = parts.length > 1
    ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}` : parts[0];
  return `Struck through, in no window: ${list}.`;
}
