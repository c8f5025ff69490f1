/*
 * A network's layers from the input down, one of them chosen; what does not fit is said at the
 * layer where it does not.
 *
 * data.title: what the list is, for a screen reader
 * data.chosen: the place of the chosen layer, from 0
 * data.rows: {name, shape, parameters, work, fault}, texts that may be empty
 *
 * A click, or Enter, chooses a layer; the arrow keys go from one to the next. Sends the trigger
 * `layer`, its place.
 */

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector('[data-part="rows"]');
  list.setAttribute("aria-label", data.title);
  // Rows are kept, so that the focus stays where it is when the network changes.
  while (list.children.length > data.rows.length) list.lastElementChild.remove();
  while (list.children.length < data.rows.length) list.append(makeItem());
  const buttons = [...list.querySelectorAll("button")];
  buttons.forEach((button, at) => {
    fillRow(button, data.rows[at], at);
    button.onclick = () => {
      mark(buttons, at); // at once: the server's answer takes a moment
      setTriggerValue("layer", at);
    };
    button.onkeydown = (event) => go(event, buttons, at);
  });
  mark(buttons, data.chosen);
}

function makeItem() {
  const item = document.createElement("li");
  item.innerHTML = `<button type="button"><span class="number"></span><span class="name"></span>
    <span class="shape"></span><span class="sums"></span><span class="fault"></span></button>`;
  return item;
}

function fillRow(button, { name, shape, parameters, work, fault }, at) {
  const find = (part) => button.querySelector(`.${part}`);
  find("number").textContent = at + 1;
  find("name").textContent = name;
  find("shape").textContent = shape;
  find("fault").textContent = fault;
  find("fault").hidden = !fault;
  const sums = [
    ["Parameters", parameters],
    ["Multiply-adds", work],
  ].filter(([, sum]) => sum);
  find("sums").replaceChildren(...sums.flatMap(([what, sum]) => [part("what", what), part("sum", sum)]));
  find("sums").hidden = !sums.length;
  button.classList.toggle("faulty", Boolean(fault));
}

function part(name, text) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = `${text} `; // the space is heard, not seen
  return element;
}

function mark(buttons, chosen) {
  buttons.forEach((button, at) => button.setAttribute("aria-pressed", at === chosen));
}

function go(event, buttons, at) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  buttons[at + step]?.focus();
}
