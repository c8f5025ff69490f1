/*
 * The map of a network, part 2: the lines from a map to what it is made from, back to where maps
 * are mixed. network_board.js comes before it, network_map.js after.
 */

const SVG = "http://www.w3.org/2000/svg";
const FAINTEST = 0.03; // shares below it are not drawn: they would only be in the way
const MOST_EDGES = 160; // of one item

/**
 * What is behind an item: the lines, and the items they come from. Where each map is made from the
 * one before, the way goes on back to a layer that mixes, and what this one takes.
 * @returns {{edges: {at, from, to, share}[], lit: Set<string>[]}} `lit` for each column
 */
function lineageOf(columns, at, number) {
  const edges = [];
  const lit = columns.map(() => new Set());
  for (let own = number; at > 0; at -= 1) {
    const inputs = inputsOf(columns, at, own);
    const strong = [...inputs].sort((a, b) => Math.abs(b.share) - Math.abs(a.share));
    for (const input of strong.slice(0, MOST_EDGES)) {
      lit[at - 1].add(input.number);
      edges.push({ at, from: input.number, to: own, share: input.share });
    }
    if (columns[at].links.kind !== "same") break;
    own = inputs[0]?.number;
    if (own === undefined) break;
  }
  return { edges, lit };
}

/** A line from the right side of one item to the left side of another. */
function edgePath(from, to) {
  const bend = (to.left - from.right) / 2;
  return `M${from.right} ${from.y}C${from.right + bend} ${from.y} ${to.left - bend} ${to.y} ${to.left} ${to.y}`;
}

/**
 * Draw lines; `sideOf(at, number)` says where an item stands, or null if it is not shown. With
 * `moving` they run towards what is made.
 */
function drawEdges(svg, edges, sideOf, moving) {
  const ordered = [...edges].sort((a, b) => Math.abs(a.share ?? 0) - Math.abs(b.share ?? 0));
  svg.replaceChildren(...ordered.flatMap(({ at, from, to, share }) => {
    const [start, end] = [sideOf(at - 1, from), sideOf(at, to)];
    if (!start || !end || (share !== null && Math.abs(share) < FAINTEST)) return [];
    const path = document.createElementNS(SVG, "path");
    const strength = share === null ? 0.6 : Math.abs(share);
    path.setAttribute("d", edgePath(start, end));
    path.style.stroke = share === null ? "var(--st-primary-color)"
      : share < 0 ? "var(--minus)" : "var(--plus)";
    path.style.strokeWidth = `${0.75 + 2.75 * strength}px`;
    path.style.opacity = 0.25 + 0.75 * strength;
    path.classList.toggle("minus-edge", share < 0);
    path.classList.toggle("flow", moving);
    return [path];
  }));
}
