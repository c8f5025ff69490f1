/*
 * A table of runs: tick one to compare it, choose its name to open it. Where a row has a mark, that
 * stands in the place of its box.
 *
 * data.title: what the table holds, for a screen reader
 * data.first: the name of the first column, of boxes or marks; "Compare" without it
 * data.heads: the names of the columns after the first
 * data.rows: {name, cells, ticked or mark, shown} from top to bottom; the one that is open is `shown`
 *
 * Sends the triggers `open` and `tick`, each with a row's number from 0.
 */

export default function ({ data, parentElement, setTriggerValue }) {
  const find = (name) => parentElement.querySelector(`[data-part="${name}"]`);
  find("scroll").setAttribute("aria-label", data.title);
  const heads = [data.first ?? "Compare", ...data.heads].map((text) => make("th", { textContent: text, scope: "col" }));
  find("heads").replaceChildren(...heads);
  const focused = parentElement.getRootNode().activeElement?.dataset.place;
  find("rows").replaceChildren(...data.rows.map((row, at) => makeRow(row, at, data.heads, setTriggerValue)));
  if (focused) parentElement.querySelector(`[data-place="${focused}"]`)?.focus();
}

function makeRow({ name, cells, ticked, mark, shown }, at, heads, tell) {
  const row = make("tr");
  row.role = "row"; // also where the style lays it out in lines of its own
  const box = make("td");
  box.style.textAlign = "left";
  box.append(mark ?? makeTick(name, ticked, at, tell));
  const head = make("th", { scope: "row" });
  if (shown) {
    head.append(make("span", { className: "shown", textContent: `${name} (open)` }));
  } else {
    const link = make("button", { type: "button", textContent: name });
    link.dataset.place = `open-${at}`;
    link.onclick = () => tell("open", at);
    head.append(link);
  }
  const rest = cells.map((text, column) => {
    const cell = make("td", { textContent: text });
    cell.dataset.head = heads[column + 1];
    return cell;
  });
  row.append(box, head, ...rest);
  for (const cell of row.children) cell.role = cell === head ? "rowheader" : "cell";
  return row;
}

function makeTick(name, ticked, at, tell) {
  const tick = make("input", { type: "checkbox", checked: ticked, ariaLabel: `Compare ${name}` });
  tick.dataset.place = `tick-${at}`;
  tick.onchange = () => tell("tick", at);
  return tick;
}

function make(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}
