/*
 * The stage, part 4 of 5: the elements on the page and what is painted and written in them.
 *
 * A View knows a model and how to show a state of it, {selection, probe, pinned, channel}; it
 * changes neither.
 */

const PARTIAL_COLUMNS = 8;

/** Fixed markup; whatever comes from data is added as text. */
const SKELETON = `
  <div class="head">
    <p class="title"></p>
    <div class="player" role="group" aria-label="Playback">
      <button type="button" class="back" aria-label="One cell back" title="One cell back">
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 3v10M12 3v10L6 8z"/></svg></button>
      <button type="button" class="play" aria-label="Play" title="Play">
        <svg viewBox="0 0 16 16" aria-hidden="true"><path class="when-paused" d="M4 3v10l8-5z"/>
          <path class="when-playing" d="M4 3h2.5v10H4zM9.500 3H12v10H9.500z"/></svg></button>
      <button type="button" class="forward" aria-label="One cell on" title="One cell on">
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M12 3v10M4 3v10l6-5z"/></svg></button>
      <label class="speed">Speed <input type="range" min="0" max="4" step="1" value="1"></label>
    </div>
  </div>
  <p class="status"></p>
  <div class="body">
    <svg class="links" aria-hidden="true"><path/></svg>
    <div class="inputs"></div>
    <div class="middle"><div class="terms"></div><div class="steps"></div></div>
    <div class="right"><div class="outputs"></div><div class="ledger"></div></div>
  </div>
  <div class="scales"></div>
  <p class="note"></p>
  <p class="spoken" role="status" aria-live="polite"></p>
  <p class="keys" id="keys">Arrow keys move, Home and End go to the ends of the row, Page Up and
    Page Down to the first and last row, Enter keeps the cell.</p>`;

/** `<tag class=...>` with children; strings become text, never markup. */
function element(tag, className = "", ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

/** Write only what changes: unchanged text costs the browser no layout. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A captioned grid. */
function captionedGrid(className, caption) {
  const host = element("div", "grid");
  host.setAttribute("role", "img");
  host.setAttribute("aria-label", caption);
  const figure = element("figure", className, element("figcaption", "", caption), host);
  return { figure, host, grid: new Grid(host) };
}

/** A table from rows of cells, under a caption and column headings. */
function table(caption, headings, rows) {
  const body = element("tbody", "", ...rows);
  if (headings.length === 0) return element("table", "", element("caption", "", caption), body);
  const head = element("tr", "", ...headings.map((text) => {
    const cell = element("th", text.split(" ")[0], text);
    cell.scope = "col";
    return cell;
  }));
  return element("table", "", element("caption", "", caption), element("thead", "", head), body);
}

class View {
  constructor(root) {
    this.root = root;
    root.innerHTML = SKELETON;
  }

  part(name) {
    return this.root.querySelector(`.${name}`);
  }

  // ---- elements ---------------------------------------------------------------------------------

  /** Take a new model; elements are only made anew when there are other grids or other names. */
  accept(model) {
    this.model = model;
    this.decimals = decimalsOf(model);
    const { channels, planes, mode, names, titles, activation, window } = model;
    const structure = JSON.stringify([channels, planes, mode, names, titles, activation, window]);
    const isNew = structure !== this.structure;
    this.structure = structure;
    if (isNew) this.build();
    this.part("title").textContent = model.title;
    this.part("note").textContent = unreachedSentence(model);
    this.layout = null;
    return isNew;
  }

  build() {
    const { model } = this;
    const { channels, planes, kernel, titles, names } = model;
    const several = (count, title, c) => (count > 1 ? `${title} ${names[c]}` : title);
    this.planes = names.map((_, c) => captionedGrid("plane", several(channels, titles.input, c)));
    this.outputs = Array.from({ length: planes }, (_, p) =>
      captionedGrid("output", several(planes, titles.output, p)));
    const shown = shownChannels(model, 0);
    this.terms = shown.map((c) => this.buildTerm((text) => several(shown.length, text, c)));
    const results = kernel ? "Partial sums" : `The ${POOL_WORDS[model.mode].result}`;
    this.partials = channels > MOST_TERMS
      ? captionedGrid("partials", `${results}, a channel a cell`) : null;
    this.fill("inputs", this.planes.map(({ figure }) => figure));
    this.fill("outputs", this.outputs.map(({ figure }) => figure));
    this.fill("terms", this.terms.map(({ row }) => row));
    this.fill("steps", this.buildSteps());
    this.fill("ledger", [this.partials?.figure, kernel && this.buildLedger()].filter(Boolean));
    const { dataset } = this.root;
    dataset.channels = channels === 1 ? "one" : channels <= MOST_TERMS ? "few" : "many";
    dataset.outputs = planes === 1 ? "one" : "each";
    dataset.operation = model.mode;
    this.root.style.setProperty("--channels", String(this.terms.length));
  }

  /** Replace a part's children, numbered for the style sheet. */
  fill(part, children) {
    children.forEach((child, i) => child.style.setProperty("--index", String(i + 1)));
    this.part(part).replaceChildren(...children);
  }

  /** One channel in pictures: window x kernel = products, and their sum. */
  buildTerm(captionOf) {
    const { kernel, titles, channels, mode } = this.model;
    const many = hasManySteps(this.model);
    const term = { window: captionedGrid("patch", captionOf("Window")) };
    term.row = element("div", "term", term.window.figure);
    const add = (sign, figure) => term.row.append(element("span", "operator", sign), figure);
    if (kernel) {
      term.kernel = captionedGrid("patch", captionOf(titles.kernel));
      term.products = captionedGrid(many ? "products" : "patch", captionOf("Products"));
      add("\u00d7", term.kernel.figure);
      if (!many) add("=", term.products.figure);
    }
    term.patches = [term.window, term.kernel, term.products].filter(Boolean);
    if (channels === 1 && kernel) return term;
    term.result = element("span", "number");
    const label = element("span", "label", kernel ? "Partial sum" : POOL_WORDS[mode].result);
    add("\u2192", element("div", "partial", label, term.result));
    return term;
  }

  /** Every product in writing: a table a channel, or for large windows a grid a channel. */
  buildSteps() {
    const { model } = this;
    if (hasManySteps(model)) {
      this.steps = this.divisions = [];
      return this.terms.flatMap(({ products }) => (products ? [products.figure] : []));
    }
    const headings = model.kernel ? ["pixel", "weight", "product", "sum so far"]
      : ["pixel", POOL_WORDS[model.mode].running];
    const line = () => {
      const cells = headings.map((text) => element("td", text.split(" ")[0]));
      return { row: element("tr", "", ...cells), cells };
    };
    this.steps = this.terms.map(() => Array.from({ length: countTaps(model) }, line));
    this.divisions = model.mode === "average" ? this.terms.map(line) : [];
    return this.steps.map((lines, c) => {
      const caption = this.steps.length > 1 ? `Step by step, ${model.names[c]}` : "Step by step";
      const rows = [...lines, this.divisions[c]].filter(Boolean).map(({ row }) => row);
      return table(caption, headings, rows);
    });
  }

  /** The column that is added up: partial sums, bias, sum, activation. */
  buildLedger() {
    const { channels, names, activation } = this.model;
    const lines = channels === 1 ? [["partial0", "products"]]
      : channels <= MOST_TERMS ? names.map((name, c) => [`partial${c}`, name])
        : [["partials", `${channels} partial sums`]];
    lines.push(["bias", "bias"], ["sum", "sum"]);
    if (activation) lines.push(["value", "after ReLU"]);
    this.ledger = new Map();
    const rows = lines.map(([key, label]) => {
      const heading = element("th", "", label);
      heading.scope = "row";
      const cell = element("td");
      this.ledger.set(key, cell);
      return element("tr", key, heading, cell);
    });
    return table("Output cell", [], rows);
  }

  // ---- sizes and data ---------------------------------------------------------------------------

  /** Fit everything to the width there is and paint the data; false if nothing had to change. */
  arrange(theme) {
    const width = this.root.clientWidth;
    const { layout } = this;
    if (width === 0) return false;
    if (layout && layout.width === width && layout.ratio === devicePixelRatio) return false;
    this.theme = theme;
    this.scales = scalesOf(this.model, theme);
    this.layout = { ...layoutOf(width, this.model), width, ratio: devicePixelRatio };
    this.root.dataset.mode = this.layout.mode;
    this.root.style.setProperty("--patch", `${this.layout.patch}px`);
    this.fitPlanes();
    this.fitTerms();
    this.paintPlanes();
    this.writeScales();
    this.findCorners();
    this.traced = null;
    return true;
  }

  /** Where planes and zoomed windows stand, for the lines between them. */
  findCorners() {
    const body = this.part("body").getBoundingClientRect();
    const corner = ({ host }) => {
      const { left, top } = host.getBoundingClientRect();
      return { x: left - body.left, y: top - body.top };
    };
    this.corners = {
      planes: this.planes.map(corner),
      windows: this.terms.map(({ window: patch }) => corner(patch)),
    };
  }

  fitPlanes() {
    const { model, layout } = this;
    const { rows, columns } = model;
    const shown = {
      rows: rows.before + rows.size + rows.after,
      columns: columns.before + columns.size + columns.after,
      top: -rows.before,
      left: -columns.before,
    };
    const aspect = Math.min(rows.size / columns.size, 1.25);
    const fit = ({ figure, grid }, cells, side) => {
      const box = { width: side, height: Math.round(side * aspect) };
      figure.style.setProperty("--box-width", `${box.width}px`);
      figure.style.setProperty("--box-height", `${box.height}px`);
      grid.fit(cells, box);
    };
    for (const plane of this.planes) fit(plane, shown, layout.plane);
    const cells = { rows: model.height, columns: model.width };
    for (const output of this.outputs) fit(output, cells, layout.output);
  }

  fitTerms() {
    const { model, layout } = this;
    const taps = { rows: model.rows.kernel, columns: model.columns.kernel };
    const patch = { width: layout.patch, height: layout.patch };
    const tall = (width) => ({ width: Math.min(layout.width, width), height: Infinity });
    for (const term of this.terms) {
      term.painted = null;
      for (const part of term.patches) {
        const isTable = part === term.products && hasManySteps(model);
        if (isTable) part.grid.fit(taps, tall(36 * taps.columns), { flatness: 0.62 });
        else part.grid.fit(taps, patch, { largest: LARGEST_TAP });
      }
    }
    if (!this.partials) return;
    const columns = Math.min(model.channels, PARTIAL_COLUMNS);
    const rows = Math.ceil(model.channels / columns);
    this.partials.grid.fit({ rows, columns }, tall(30 * columns));
  }

  paintPlanes() {
    const { model, decimals, scales, theme } = this;
    const zero = model.kernel ? "0" : "";
    this.planes.forEach(({ grid }, c) => {
      const valueAt = (cell) =>
        (isInside(model, cell) ? inputAt(model, cell.row, cell.column, c) : null);
      const textAt = (cell) =>
        (isInside(model, cell) ? formatNumber(valueAt(cell), decimals.inputs) : zero);
      grid.paint(valueAt, textAt, scales.inputs[c], theme);
      this.paintEdges(grid);
    });
    this.outputs.forEach(({ grid }, p) => {
      const valueAt = ({ row, column }) => outputAt(model, row, column, p);
      const textAt = (cell) => formatNumber(valueAt(cell), decimals.outputs);
      grid.paint(valueAt, textAt, scales.outputs[p], theme);
    });
  }

  /** Hatch the padding of an input plane and strike through what no window reaches. */
  paintEdges(grid) {
    const { model: { rows, columns }, theme } = this;
    const [top, left] = [-rows.before, -columns.before];
    const [bottom, right] = [rows.size + rows.after - 1, columns.size + columns.after - 1];
    const area = (row, column, lastRow, lastColumn) =>
      grid.rect({ row, column }, { row: lastRow, column: lastColumn });
    grid.hatch(area(top, left, -1, right), theme);
    grid.hatch(area(rows.size, left, bottom, right), theme);
    grid.hatch(area(0, left, rows.size - 1, -1), theme);
    grid.hatch(area(0, columns.size, rows.size - 1, right), theme);
    for (const c of unreachedPositions(columns)) grid.strike(area(top, c, bottom, c), theme);
    for (const r of unreachedPositions(rows)) grid.strike(area(r, left, r, right), theme);
  }

  /** The colour scales with their ends. */
  writeScales() {
    const { scales, decimals, model: { titles, kernel } } = this;
    const bars = [scaleBar(titles.input, scales.inputs, decimals.inputs)];
    if (kernel) {
      bars.push(scaleBar(titles.kernel, [scales.weights], decimals.weights));
      bars.push(scaleBar("Products", [scales.products], decimals.products));
    }
    bars.push(scaleBar(titles.output, scales.outputs, decimals.outputs));
    const isSigned = [...scales.inputs, ...scales.outputs, scales.weights].some((s) => s?.low < 0);
    const meaning = isSigned
      ? "Blue is positive, orange negative; the stronger the colour, the further from zero." : "";
    this.part("scales").replaceChildren(...bars, element("p", "meaning", meaning));
  }

  // ---- one state, once a frame ------------------------------------------------------------------

  /** Show a state. The arithmetic is only done again when another window is selected. */
  draw(state) {
    const wanted = `${place(state.selection)} ${state.channel}`;
    if (wanted !== this.traced) {
      this.traced = wanted;
      this.trace = traceCell(this.model, state.selection);
      this.showTrace(shownChannels(this.model, state.channel));
    }
    this.drawMarks(state);
    this.sentence = sentenceOf(this.model, state, this.trace, this.decimals);
    setText(this.part("status"), this.sentence[0].toUpperCase() + this.sentence.slice(1));
  }

  /** Canvases first, words after: a canvas that sets its font waits for words to be laid out. */
  showTrace(channels) {
    this.paintTerms(channels);
    if (this.partials) this.paintPartials();
    this.drawLinks(channels);
    channels.forEach((c, t) => this.writeTerm(t, c));
    if (this.model.kernel) this.writeLedger();
  }

  /** The selected window of each channel shown: pixels, weights, products. */
  paintTerms(channels) {
    const { model, trace, decimals, scales } = this;
    channels.forEach((c, t) => {
      const term = this.terms[t];
      const { pixels, products } = trace.channels[c];
      const seen = pixels.map((pixel, tap) => (trace.taps[tap].inside ? pixel : null));
      this.paintList(term.window.grid, seen, decimals.inputs, scales.inputs[c]);
      this.hatchTaps(term.window.grid);
      if (!model.kernel) return;
      this.paintList(term.products.grid, products, decimals.products, scales.products);
      this.paintKernel(term, c);
    });
  }

  /** A kernel stays as it is until another channel or other data comes. */
  paintKernel(term, c) {
    if (term.painted === c) return;
    term.painted = c;
    const { model, decimals, scales } = this;
    const weights = Array.from({ length: countTaps(model) }, (_, tap) => weightAt(model, tap, c));
    this.paintList(term.kernel.grid, weights, decimals.weights, scales.weights);
  }

  /** Paint values that are listed row by row; null is padding. */
  paintList(grid, values, decimals, scale) {
    const valueAt = ({ row, column }) => values[row * grid.columns + column];
    const textAt = (cell) => (valueAt(cell) === null ? "" : formatNumber(valueAt(cell), decimals));
    grid.paint(valueAt, textAt, scale, this.theme);
  }

  hatchTaps(grid) {
    this.trace.taps.forEach(({ inside }, tap) => {
      if (!inside) grid.hatch(grid.rect(cellOfTap(this.model, tap)), this.theme);
    });
  }

  /** One channel's result and, unless they are many, its steps. */
  writeTerm(t, c) {
    const { model, trace, decimals } = this;
    const { pixels, products, running, result, count } = trace.channels[c];
    const write = (value, places) => (value === null ? "\u2013" : formatNumber(value, places));
    const padding = model.kernel ? "pad 0" : "pad";
    if (this.terms[t].result) setText(this.terms[t].result, write(result, decimals.sums));
    this.steps[t]?.forEach(({ cells }, tap) => {
      const seen = trace.taps[tap].inside ? write(pixels[tap], decimals.inputs) : padding;
      const texts = model.kernel
        ? [seen, write(weightAt(model, tap, c), decimals.weights),
          write(products[tap], decimals.products), write(running[tap], decimals.products)]
        : [seen, write(running[tap], decimals.sums)];
      texts.forEach((text, i) => setText(cells[i], text));
    });
    if (this.divisions.length === 0) return;
    const [divisor, quotient] = this.divisions[t].cells;
    setText(divisor, `\u00f7 ${count}`);
    setText(quotient, `= ${write(result, decimals.sums)}`);
  }

  writeLedger() {
    const { model, trace, decimals } = this;
    const partials = trace.channels.map(({ result }) => result);
    const values = new Map(partials.map((value, c) => [`partial${c}`, value]));
    values.set("partials", partials.reduce((total, value) => total + value, 0));
    values.set("bias", model.bias).set("sum", trace.sum).set("value", trace.value);
    this.ledger.forEach((cell, key) => setText(cell, formatNumber(values.get(key), decimals.sums)));
  }

  paintPartials() {
    const { trace, decimals, scales, partials: { grid } } = this;
    const results = grid.cells.map((_, c) => trace.channels[c]?.result ?? null);
    this.paintList(grid, results, decimals.outputs, scales.partials);
  }

  /** Lines from the right corners of each window to the left corners of its enlargement. */
  drawLinks(channels) {
    const { taps } = this.trace;
    const paths = this.layout.mode !== "wide" ? [] : channels.map((c, t) => {
      const [plane, patch] = [this.corners.planes[c], this.corners.windows[t]];
      const { x, y, width, height } = this.planes[c].grid.rect(taps[0], taps.at(-1));
      const [right, top] = [plane.x + x + width, plane.y + y];
      return `M${right} ${top}L${patch.x} ${patch.y}`
        + `M${right} ${top + height}L${patch.x} ${patch.y + this.terms[t].window.grid.height}`;
    });
    this.part("links").firstElementChild.setAttribute("d", paths.join(""));
  }

  /** The tap to light up: the one probed, or the one on the probed pixel; -1 for none. */
  litTap({ selection, probe }) {
    if (!probe) return -1;
    return probe.kind === "tap" ? probe.tap : tapIndexOn(this.model, selection, probe);
  }

  drawMarks(state) {
    const { theme, model, trace } = this;
    const { selection, probe, pinned } = state;
    const lit = this.litTap(state);
    const pixel = probe?.kind === "pixel" ? probe : trace.taps[lit];
    for (const { grid } of this.planes) {
      grid.clearMarks();
      this.outlineWindow(grid);
      if (pixel) grid.outline(grid.rect(pixel), theme.text, theme);
    }
    const fed = probe?.kind === "pixel" ? outputsFedBy(model, probe) : [];
    for (const { grid } of this.outputs) {
      grid.clearMarks();
      for (const cell of fed) grid.outline(grid.rect(cell), theme.text, theme, 1.5);
      grid.outline(grid.rect(selection), theme.accent, theme);
      if (pinned) grid.pin(grid.rect(pinned), theme);
    }
    this.markTaps(lit);
    this.markPartial(state.channel);
  }

  /** The window on an input plane: one frame, and each tap where dilation spreads them out. */
  outlineWindow(grid) {
    const { theme, trace: { taps }, model: { rows, columns } } = this;
    if (rows.dilation * columns.dilation > 1) {
      for (const tap of taps) grid.outline(grid.rect(tap), theme.accent, theme, 1.5);
    }
    grid.outline(grid.rect(taps[0], taps.at(-1)), theme.accent, theme);
  }

  markTaps(lit) {
    const { model, theme } = this;
    for (const { grid } of this.terms.flatMap(({ patches }) => patches)) {
      grid.clearMarks();
      if (lit >= 0) grid.outline(grid.rect(cellOfTap(model, lit)), theme.text, theme);
    }
    for (const rows of this.steps) {
      rows.forEach(({ row }, tap) => row.classList.toggle("lit", tap === lit));
    }
  }

  markPartial(channel) {
    if (!this.partials) return;
    const { grid } = this.partials;
    const cell = { row: Math.floor(channel / grid.columns), column: channel % grid.columns };
    grid.clearMarks();
    grid.outline(grid.rect(cell), this.theme.accent, this.theme);
  }
}

/** One colour scale, a strip for each of its tints, with the numbers at its ends and middle. */
function scaleBar(name, ramps, decimals) {
  const tints = new Set(ramps.map(({ css }) => css));
  const strips = element("span", "strips", ...[...tints].map((css) => {
    const strip = element("i");
    strip.style.background = css;
    return strip;
  }));
  const [{ low, high }] = ramps;
  const ends = low < 0 ? [formatNumber(low, decimals), "0", formatNumber(high, decimals)]
    : ["0", formatNumber(high, 0)];
  const ticks = element("span", "ticks", ...ends.map((end) => element("span", "", end)));
  return element("div", "scale", element("span", "name", name), strips, ticks);
}
