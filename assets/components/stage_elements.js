/*
 * The stage, part 4 of 7: the elements it is made of. Text from data only ever becomes text nodes.
 */

/** Fixed markup; whatever comes from data is added as text. */
const SKELETON = `
  <div class="head">
    <p class="title"></p>
    <div class="player" role="group" aria-label="Playback">
      <button type="button" class="icon-button back" aria-label="One cell back" title="One cell back">
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 3v10M12 3v10L6 8z"/></svg></button>
      <button type="button" class="icon-button play" aria-label="Play" title="Play">
        <svg viewBox="0 0 16 16" aria-hidden="true"><path class="when-paused" d="M4 3v10l8-5z"/>
          <path class="when-playing" d="M4 3h2.5v10H4zM9.500 3H12v10H9.500z"/></svg></button>
      <button type="button" class="icon-button forward" aria-label="One cell on" title="One cell on">
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
  <p class="keys unseen" id="keys">Arrow keys move, Home and End go to the ends of the row, Page Up and
    Page Down to the first and last row, Enter keeps the cell.</p>`;

// ---- nodes ------------------------------------------------------------------------------------

/** `<tag class=...>` with children; strings become text, never markup. */
function element(tag, className = "", ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

/** Write only what changes, into the text node there is: a new one would cost its element's boxes. */
function setText(node, text) {
  const { firstChild } = node;
  if (!firstChild) node.textContent = text;
  else if (firstChild.data !== text) firstChild.data = text;
}

// ---- pieces -----------------------------------------------------------------------------------

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

// ---- a model's own ----------------------------------------------------------------------------

/**
 * One channel in pictures: window x kernel = products, and their sum. Products of a large window
 * are made here too, but stand elsewhere.
 */
function termOf(model, captionOf) {
  const { kernel, titles, channels, mode } = model;
  const many = hasManySteps(model);
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

/** One channel's products in writing: a line a tap, and for an average one that divides. */
function stepsOf(model, caption) {
  const headings = model.kernel ? ["pixel", "weight", "product", "sum so far"]
    : ["pixel", POOL_WORDS[model.mode].running];
  const line = () => {
    const cells = headings.map((text) => element("td", text.split(" ")[0]));
    return { row: element("tr", "", ...cells), cells };
  };
  const lines = Array.from({ length: countTaps(model) }, line);
  const division = model.mode === "average" ? line() : null;
  const rows = [...lines, division].filter(Boolean).map(({ row }) => row);
  return { lines, division, table: table(caption, headings, rows) };
}

/** The column that is added up: partial sums, bias, sum, activation; `cells` by their names. */
function ledgerOf({ channels, names, activation }) {
  const lines = channels === 1 ? [["partial0", "products"]]
    : channels <= MOST_TERMS ? names.map((name, c) => [`partial${c}`, name])
      : [["partials", `${channels} partial sums`]];
  lines.push(["bias", "bias"], ["sum", "sum"]);
  if (activation) lines.push(["value", "after ReLU"]);
  const cells = new Map();
  const rows = lines.map(([key, label]) => {
    const heading = element("th", "", label);
    heading.scope = "row";
    cells.set(key, element("td"));
    return element("tr", key, heading, cells.get(key));
  });
  return { cells, table: table("Output cell", [], rows) };
}
