/*
 * A confusion matrix: rows are true classes, columns answers. A cell is chosen by a click or, once
 * one has the focus, with the arrow keys and Enter.
 *
 * data.title: what it is, for a screen reader
 * data.classes: names
 * data.cells: row by row, {count, share (-1 to 1, null without a colour), text (the count in words)}
 * data.chosen: the chosen cell's number, row by row from 0
 *
 * Sends the trigger `cell` with a cell's number.
 */

const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
const SHORT_NAME = 2; // characters: longer names stand upright above their columns

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".matrix");
  if (root.dataset.names !== data.classes.join("\n")) build(root, data);
  const cells = [...root.querySelectorAll("button")];
  cells.forEach((button, at) => fill(button, data.cells[at], at === data.chosen));
  // The reader's focus may have gone on since this was asked for: the words stay with it.
  const resting = () => {
    const focused = cells.findIndex((button) => button.matches(":focus"));
    return focused < 0 ? data.chosen : focused;
  };
  // One cell can be reached with the Tab key; from there on the arrows lead.
  cells.forEach((button, at) => (button.tabIndex = at === resting() ? 0 : -1));
  const read = (at) => point(root, data, at ?? resting());
  cells.forEach((button, at) => {
    button.onclick = () => setTriggerValue("cell", at);
    button.onpointerenter = button.onfocus = () => read(at);
  });
  root.onpointerleave = () => read();
  root.onkeydown = (event) => move(event, cells, data.classes.length);
  read();
}

function build(root, { title, classes }) {
  root.dataset.names = classes.join("\n");
  root.classList.toggle("upright", classes.some((name) => name.length > SHORT_NAME));
  const longest = Math.max(...classes.map((name) => name.length), 7);
  root.style.setProperty("--names", `${longest + 1}ch`);
  root.querySelector("table").setAttribute("aria-label", title);
  const corner = make("td", { className: "corner", textContent: "Answer → True ↓" });
  const head = make("tr");
  head.append(corner, ...classes.map((name) => header("col", name)));
  root.querySelector("thead").replaceChildren(head);
  const rows = classes.map((name) => {
    const row = make("tr");
    const cells = classes.map(() => {
      const cell = make("td");
      cell.setAttribute("role", "gridcell");
      cell.append(make("button", { type: "button" }));
      return cell;
    });
    row.append(header("row", name), ...cells);
    return row;
  });
  root.querySelector("tbody").replaceChildren(...rows);
}

function header(scope, name) {
  const head = make("th", { scope });
  head.append(make("span", { textContent: name }));
  return head;
}

function fill(button, { count, share, text }, chosen) {
  button.textContent = count || "";
  button.setAttribute("aria-label", text);
  button.setAttribute("aria-pressed", chosen);
  // A wash of colour that leaves the page's own ink readable, blue for right, orange for wrong.
  const ink = share > 0 ? "20, 89, 157" : "200, 110, 20";
  const tint = share === null ? "" : `rgba(${ink}, ${0.08 + 0.4 * Math.abs(share)})`;
  button.style.setProperty("--tint", tint);
}

/** Says what a cell holds, and makes its row's and its column's names bold. */
function point(root, data, at) {
  root.querySelector('[data-part="readout"]').textContent = data.cells[at].text;
  const size = data.classes.length;
  const [row, column] = [Math.floor(at / size), at % size];
  const mark = (selector, place) =>
    root.querySelectorAll(selector).forEach((head, i) => head.classList.toggle("pointed", i === place));
  mark("tbody th", row);
  mark("thead th", column);
}

function move(event, cells, size) {
  const at = cells.indexOf(event.target);
  const step = STEPS[event.key];
  if (at < 0 || !step) return;
  const row = Math.min(Math.max(Math.floor(at / size) + step[0], 0), size - 1);
  const column = Math.min(Math.max((at % size) + step[1], 0), size - 1);
  const next = cells[row * size + column];
  event.preventDefault();
  cells.forEach((button) => (button.tabIndex = button === next ? 0 : -1));
  next.focus();
}

function make(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}
