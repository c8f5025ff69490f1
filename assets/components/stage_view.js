/*
 * The stage, part 6 of 7: what is painted and written for what is selected.
 *
 * A View knows a model and how to show a state of it, {selection, probe, pinned, channel}; it
 * changes neither.
 */

class View extends Panels {
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
