/*
 * The stage, part 5 of 7: the elements with what a model has in them, whatever is selected: where
 * they stand, how large they are, and the numbers of the input and the output.
 */

const PARTIAL_COLUMNS = 8;

class Panels {
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
    const letters = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const now = { width, letters, ratio: devicePixelRatio };
    if (width === 0) return false;
    if (layout && Object.keys(now).every((what) => layout[what] === now[what])) return false;
    this.theme = theme;
    this.scales = scalesOf(this.model, theme);
    this.layout = { ...layoutOf(width, this.model, letters), ...now };
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
}
