/*
 * The stage, part 5 of 6: what is painted and written in the elements.
 *
 * A View knows a model and how to show a state of it, {selection, probe, pinned, channel}; it
 * changes neither.
 */

const PARTIAL_COLUMNS = 8;

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
    const { channels, planes, kernel, titles, names, mode } = model;
    const shown = shownChannels(model, 0);
    const named = (title, c, count) => (count > 1 ? `${title} ${names[c]}` : title);
    const gridsOf = (className, title, count) => Array.from({ length: count }, (_, c) =>
      captionedGrid(className, named(title, c, count)));
    this.planes = gridsOf("plane", titles.input, channels);
    this.outputs = gridsOf("output", titles.output, planes);
    this.terms = shown.map((c) => termOf(model, (title) => named(title, c, shown.length)));
    this.steps = hasManySteps(model) ? []
      : shown.map((c) => stepsOf(model, named("Step by step", c, shown.length)));
    const results = kernel ? "Partial sums" : `The ${POOL_WORDS[mode].result}`;
    this.partials = channels > MOST_TERMS
      ? captionedGrid("partials", `${results}, a channel a cell`) : null;
    this.ledger = kernel ? ledgerOf(model) : null;
    this.fillParts();
    const { dataset } = this.root;
    dataset.channels = channels === 1 ? "one" : channels === shown.length ? "few" : "many";
    dataset.outputs = planes === 1 ? "one" : "each";
    dataset.operation = mode;
    this.root.style.setProperty("--channels", String(shown.length));
  }

  /** Put the elements in their places, numbered for the style sheet. */
  fillParts() {
    const fill = (part, children) => {
      children.forEach((child, i) => child.style.setProperty("--index", String(i + 1)));
      this.part(part).replaceChildren(...children);
    };
    const { planes, outputs, terms, steps, partials, ledger } = this;
    fill("inputs", planes.map(({ figure }) => figure));
    fill("outputs", outputs.map(({ figure }) => figure));
    fill("terms", terms.map(({ row }) => row));
    const largeProducts = terms.filter(({ products }) => products && hasManySteps(this.model));
    fill("steps", [...steps.map(({ table: written }) => written),
      ...largeProducts.map(({ products }) => products.figure)]);
    fill("ledger", [partials?.figure, ledger?.table].filter(Boolean));
  }

  // ---- sizes and data ---------------------------------------------------------------------------

  /** Fit everything to the width there is and paint the data; false if nothing had to change. */
  arrange(theme) {
    // Rounded down, or planes side by side might lack the part of a pixel and wrap.
    const width = Math.floor(this.root.getBoundingClientRect().width);
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
    channels.forEach((c, t) => this.writeResult(t, c));
    if (this.ledger) this.writeLedger();
    this.unwritten = this.steps.length > 0 ? channels : null;
  }

  /** The steps of the window that was drawn last: most of a drawing's words, so they come apart. */
  writeSteps() {
    this.unwritten?.forEach((c, t) => this.writeLines(t, c));
    this.unwritten = null;
  }

  /** One channel's result, at the end of its row of pictures. */
  writeResult(t, c) {
    const { result } = this.terms[t];
    if (!result) return;
    const value = this.trace.channels[c].result;
    setText(result, value === null ? "\u2013" : formatNumber(value, this.decimals.sums));
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

  /** One channel's steps. */
  writeLines(t, c) {
    const { model, trace, decimals } = this;
    const { pixels, products, running, result, count } = trace.channels[c];
    const write = (value, places) => (value === null ? "\u2013" : formatNumber(value, places));
    const padding = model.kernel ? "pad 0" : "pad";
    const { lines, division } = this.steps[t];
    lines.forEach(({ cells }, tap) => {
      const seen = trace.taps[tap].inside ? write(pixels[tap], decimals.inputs) : padding;
      const texts = model.kernel
        ? [seen, write(weightAt(model, tap, c), decimals.weights),
          write(products[tap], decimals.products), write(running[tap], decimals.products)]
        : [seen, write(running[tap], decimals.sums)];
      texts.forEach((text, i) => setText(cells[i], text));
    });
    if (!division) return;
    setText(division.cells[0], `\u00f7 ${count}`);
    setText(division.cells[1], `= ${write(result, decimals.sums)}`);
  }

  writeLedger() {
    const { model, trace, decimals } = this;
    const partials = trace.channels.map(({ result }) => result);
    const values = new Map(partials.map((value, c) => [`partial${c}`, value]));
    values.set("partials", partials.reduce((total, value) => total + value, 0));
    values.set("bias", model.bias).set("sum", trace.sum).set("value", trace.value);
    this.ledger.cells.forEach((cell, key) =>
      setText(cell, formatNumber(values.get(key), decimals.sums)));
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
    for (const { lines } of this.steps) {
      lines.forEach(({ row }, tap) => row.classList.toggle("lit", tap === lit));
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
