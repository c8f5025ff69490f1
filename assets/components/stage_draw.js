/*
 * The stage, part 3 of 7: colours, sizes, and one grid drawn on two canvases.
 */

const NUMBER_CELL = 26; // CSS pixels: cells at least this wide show their number
const LINE_CELL = 7; // and at least this wide, lines between cells
const LARGEST_CELL = 60;
const LARGEST_TAP = 50;
const FEW_CELLS = 150;
const LINE_COLOUR = "rgba(128, 128, 128, 0.4)"; // shows on light and on dark cells
const GREY = [255, 255, 255];
const IMAGE_ENDS = { unit: 1, byte: 255 };

// ---- colours ----------------------------------------------------------------------------------

/** From most negative to most positive, should the theme name no colours of its own. */
const DIVERGING = "#b35806,#eda14f,#f7f7f7,#74aed6,#2166ac";

const parseHex = (hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
const cssColour = ([red, green, blue]) => `rgb(${red}, ${green}, ${blue})`;
const mix = (from, to, share) => from.map((part, i) => Math.round(part + (to[i] - part) * share));

/** Relative luminance, 0 to 1 (WCAG 2.2). */
function luminance(rgb) {
  const [red, green, blue] = rgb.map((part) => {
    const unit = part / 255;
    return unit <= 0.04045 ? unit / 12.92 : ((unit + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Black or white, whichever reads better on `rgb`: they swap at a luminance of 0.179. */
const inkOn = (rgb) => (luminance(rgb) > 0.179 ? "#0b0f12" : "#ffffff");

/** The page's colours and font, from the variables Streamlit sets on the component. */
function readTheme(element) {
  const style = getComputedStyle(element);
  const variable = (name) => style.getPropertyValue(name).trim();
  const diverging = variable("--st-chart-diverging-colors") || DIVERGING;
  return {
    background: variable("--st-background-color"),
    text: variable("--st-text-color"),
    accent: variable("--st-primary-color"),
    font: variable("--st-font") || "sans-serif",
    diverging: diverging.split(",").map((colour) => parseHex(colour.trim())),
  };
}

/** A colour scale: `low` to `high` over evenly spaced stops. */
const ramp = (low, high, stops) =>
  ({ low, high, stops, css: `linear-gradient(to right, ${stops.map(cssColour).join(", ")})` });

const divergingRamp = (limit, theme) => ramp(-limit, limit, theme.diverging);

const imageRamp = (high, tint) => ramp(0, high, [[0, 0, 0], tint]);

function colourOf({ low, high, stops }, value) {
  const share = clamp((value - low) / (high - low), 0, 1) * (stops.length - 1);
  const index = Math.min(Math.floor(share), stops.length - 2);
  return mix(stops[index], stops[index + 1], share - index);
}

/** The colour scale of every kind of number; of inputs and outputs, one a channel. */
function scalesOf(model, theme) {
  const { input, kernel, output, tints, planes } = model;
  const tintOf = (c) => (tints[c] ? parseHex(tints[c]) : GREY);
  const scale = (range, values, tint) => (range in IMAGE_ENDS
    ? imageRamp(IMAGE_ENDS[range], tint) : divergingRamp(limitOf(values), theme));
  return {
    inputs: tints.map((_, c) => scale(model.value_range, input, tintOf(c))),
    outputs: Array.from({ length: planes }, (_, p) =>
      scale(model.output_range, output, kernel ? GREY : tintOf(p))),
    weights: kernel && divergingRamp(limitOf(kernel), theme),
    products: kernel && divergingRamp(limitOf(input) * limitOf(kernel), theme),
    partials: scale(kernel ? "signed" : model.output_range, output, GREY),
  };
}

// ---- sizes ------------------------------------------------------------------------------------

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const countTaps = ({ rows, columns }) => rows.kernel * columns.kernel;
const hasManySteps = (model) => shownChannels(model, 0).length * countTaps(model) > MOST_STEPS;

/**
 * Widths in CSS pixels for a stage `width` wide. `plane`, `output` and `patch` are the boxes that
 * an input plane, an output plane and a zoomed window must fit in; `letters` is how many times
 * their usual size letters have, so that what stands beside each other has room for its words.
 */
function layoutOf(width, model, letters = 1) {
  const { channels, planes } = model;
  const few = channels <= MOST_TERMS;
  const share = (room, count, gap) => Math.floor((room - gap * (count - 1)) / count);
  const tile = (room) => share(room, few ? channels : Math.ceil(Math.sqrt(channels)), 12);
  const patches = !model.kernel ? 1 : hasManySteps(model) ? 2 : 3;
  const partial = channels > 1 || !model.kernel ? 108 : 0; // an arrow and a number behind it
  const most = LARGEST_TAP * clamp(Math.max(model.rows.kernel, model.columns.kernel), 1, 3);
  const patchIn = (room) => clamp(share(room, patches, 28), 50, most);

  if (width >= 880 * letters) {
    const single = clamp(Math.round(width * 0.29), 240, 340);
    const stacked = clamp(Math.round(width * (planes > 1 ? 0.25 : 0.18)), 150, 240);
    const inputs = few && channels > 1 ? stacked : single;
    const outputs = few && planes > 1 ? stacked : single;
    return {
      mode: "wide",
      plane: few ? inputs : tile(inputs),
      output: few || planes === 1 ? outputs : tile(outputs),
      patch: patchIn(width - inputs - outputs - 2 * 32 - partial),
    };
  }
  if (width >= 560 * letters) {
    const half = share(width, 2, 24);
    const inRow = share(width, Math.max(planes > 1 ? planes : channels + 1, 2), 24);
    return {
      mode: "medium",
      plane: few ? inRow : tile(half),
      output: few ? inRow : planes > 1 ? tile(half) : half,
      patch: patchIn(planes > 1 ? inRow - partial : channels === 1 ? half : width - 200 - partial),
    };
  }
  const single = Math.min(width - 56, 272); // leaves margins bare, to scroll by
  return {
    mode: "narrow",
    plane: channels > 1 ? tile(width) : single,
    output: planes > 1 ? tile(width) : single,
    patch: patchIn(width - (model.kernel ? 0 : partial)),
  };
}

// ---- one grid ---------------------------------------------------------------------------------

/**
 * Cells on two canvases: `base` holds the values and changes with the data, `marks` holds outlines
 * and changes with the pointer. `top` and `left` are the first row and column shown (negative where
 * there is padding). Rectangles are {x, y, width, height} in CSS pixels.
 */
class Grid {
  constructor(host) {
    this.host = host;
    [this.base, this.marks] = [0, 1].map(() => {
      const canvas = document.createElement("canvas");
      host.append(canvas);
      return canvas.getContext("2d");
    });
  }

  /** Lay cells out in a box. A cell is a whole number of device pixels, unless less than one. */
  fit({ rows, columns, top = 0, left = 0 }, box, { largest = LARGEST_CELL, flatness = 1 } = {}) {
    const ratio = devicePixelRatio;
    const snap = (size) => (size * ratio >= 1 ? Math.floor(size * ratio) / ratio : size);
    const cell = Math.min(box.width / columns, box.height / rows / flatness, largest);
    Object.assign(this, { rows, columns, top, left });
    this.cellWidth = snap(cell);
    this.cellHeight = snap(cell * flatness);
    this.width = this.cellWidth * columns;
    this.height = this.cellHeight * rows;
    Object.assign(this.host.style, { width: `${this.width}px`, height: `${this.height}px` });
    for (const context of [this.base, this.marks]) {
      context.canvas.width = Math.round(this.width * ratio);
      context.canvas.height = Math.round(this.height * ratio);
      context.scale(ratio, ratio);
    }
  }

  /** Rectangle of the cells from (row, column) to (lastRow, lastColumn). */
  rect({ row, column }, last = { row, column }) {
    return {
      x: (column - this.left) * this.cellWidth,
      y: (row - this.top) * this.cellHeight,
      width: (last.column - column + 1) * this.cellWidth,
      height: (last.row - row + 1) * this.cellHeight,
    };
  }

  /** The cell under a pointer event; a finger that slides off the grid stays on its edge. */
  cellAt({ offsetX, offsetY }) {
    return {
      row: this.top + clamp(Math.floor(offsetY / this.cellHeight), 0, this.rows - 1),
      column: this.left + clamp(Math.floor(offsetX / this.cellWidth), 0, this.columns - 1),
    };
  }

  /** First and last row and column. */
  get area() {
    const { top, left } = this;
    return { top, left, bottom: top + this.rows - 1, right: left + this.columns - 1 };
  }

  get cells() {
    return Array.from({ length: this.rows * this.columns }, (_, i) =>
      ({ row: this.top + Math.floor(i / this.columns), column: this.left + (i % this.columns) }));
  }

  /** Draw all values. `valueAt` gives null for padding; `textAt` the number to write in a cell. */
  paint(valueAt, textAt, scale, theme) {
    const { base } = this;
    base.clearRect(0, 0, this.width, this.height);
    this.paintCells(valueAt, scale);
    if (this.cellWidth >= LINE_CELL) this.paintLines();
    base.globalAlpha = 0.36;
    base.strokeStyle = theme.text;
    base.lineWidth = 1;
    base.strokeRect(0.5, 0.5, this.width - 1, this.height - 1);
    base.globalAlpha = 1;
    if (this.cellWidth >= NUMBER_CELL) this.paintNumbers(valueAt, textAt, scale, theme);
  }

  /** A few cells one by one; many as a small picture, a pixel a cell, enlarged unsmoothed. */
  paintCells(valueAt, scale) {
    const cells = this.cells.map((cell) => [cell, valueAt(cell)]);
    if (cells.length <= FEW_CELLS) {
      for (const [cell, value] of cells) {
        if (value === null) continue;
        const { x, y, width, height } = this.rect(cell);
        this.base.fillStyle = cssColour(colourOf(scale, value));
        this.base.fillRect(x, y, width, height);
      }
      return;
    }
    const picture = new ImageData(this.columns, this.rows);
    cells.forEach(([, value], i) => {
      if (value !== null) picture.data.set([...colourOf(scale, value), 255], 4 * i);
    });
    const small = new OffscreenCanvas(this.columns, this.rows);
    small.getContext("2d").putImageData(picture, 0, 0);
    this.base.imageSmoothingEnabled = false;
    this.base.drawImage(small, 0, 0, this.width, this.height);
  }

  paintLines() {
    const { base } = this;
    const thin = 1 / devicePixelRatio;
    base.fillStyle = LINE_COLOUR;
    for (let c = 1; c < this.columns; c++) base.fillRect(c * this.cellWidth, 0, thin, this.height);
    for (let r = 1; r < this.rows; r++) base.fillRect(0, r * this.cellHeight, this.width, thin);
  }

  paintNumbers(valueAt, textAt, scale, theme) {
    const { base } = this;
    const texts = this.cells.map((cell) => [cell, textAt(cell)]);
    const longest = Math.max(...texts.map(([, text]) => text.length), 3);
    const size = Math.min(15, (this.cellWidth - 4) / longest / 0.5, this.cellHeight * 0.62);
    if (size < 8) return;
    base.font = `${size.toFixed(1)}px ${theme.font}`;
    base.textAlign = "center";
    base.textBaseline = "middle";
    for (const [cell, text] of texts) {
      const value = valueAt(cell);
      const { x, y, width, height } = this.rect(cell);
      base.fillStyle = value === null ? theme.text : inkOn(colourOf(scale, value));
      base.fillText(text, x + width / 2, y + height / 2 + size * 0.06);
    }
  }

  /** Slanted lines over a rectangle of padding. */
  hatch({ x, y, width, height }, theme) {
    const { base } = this;
    base.save();
    base.beginPath();
    base.rect(x, y, width, height);
    base.clip();
    base.beginPath();
    for (let offset = -height - (y % 5); offset < width; offset += 5) {
      base.moveTo(x + offset, y + height);
      base.lineTo(x + offset + height, y);
    }
    base.globalAlpha = 0.3;
    base.strokeStyle = theme.text;
    base.lineWidth = 0.75;
    base.stroke();
    base.restore();
  }

  /** A veil and a line through a row or column that no window reaches. */
  strike({ x, y, width, height }, theme) {
    const { base } = this;
    base.globalAlpha = 0.72;
    base.fillStyle = theme.background;
    base.fillRect(x, y, width, height);
    base.globalAlpha = 1;
    base.fillStyle = theme.text;
    if (height > width) base.fillRect(x + width / 2 - 0.5, y, 1, height);
    else base.fillRect(x, y + height / 2 - 0.5, width, 1);
  }

  /** A canvas that is touched is composed anew, so one that is clear already is left alone. */
  clearMarks() {
    if (this.marked) this.marks.clearRect(0, 0, this.width, this.height);
    this.marked = false;
  }

  /** Outline a rectangle so that it shows on any colour: a line inside a rim of background. */
  outline({ x, y, width, height }, colour, theme, thickness = 2) {
    const { marks } = this;
    const frame = [x + thickness / 2, y + thickness / 2,
      Math.max(width - thickness, 1), Math.max(height - thickness, 1)];
    this.marked = true;
    marks.strokeStyle = theme.background;
    marks.lineWidth = thickness + 2;
    marks.strokeRect(...frame);
    marks.strokeStyle = colour;
    marks.lineWidth = thickness;
    marks.strokeRect(...frame);
  }

  /** A small corner that says: this cell was chosen. */
  pin({ x, y, width, height }, theme) {
    const { marks } = this;
    const size = Math.max(Math.min(width, height) * 0.4, 4);
    marks.fillStyle = theme.accent;
    marks.beginPath();
    marks.moveTo(x + width, y);
    marks.lineTo(x + width - size, y);
    marks.lineTo(x + width, y + size);
    marks.fill();
  }
}
