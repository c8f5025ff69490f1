/*
 * A reliability diagram: of the answers with about the same confidence, how many were right. A bin
 * is chosen by a click or, once one has the focus, with the left and right arrow keys and Enter.
 *
 * data.title: what it is, for a screen reader
 * data.bins: from the lowest confidence to the highest, {count, accuracy, confidence, low, high,
 *   text}: shares from 0 to 1, `low` to `high` the accuracy's interval; null without answers
 * data.chosen: the chosen bin's number from 0, or -1
 * data.rest: what is read out while nothing is pointed at and no bin is chosen
 *
 * Sends the trigger `bin` with a bin's number, or -1 when the chosen one is chosen again.
 */

const MARKS = [0, 0.2, 0.4, 0.6, 0.8, 1];

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".reliability");
  const find = (name) => root.querySelector(`[data-part="${name}"]`);
  const plot = find("plot");
  plot.setAttribute("aria-label", data.title);
  if (!find("axis").children.length) drawScales(find("scale"), find("axis"));
  while (plot.children.length > data.bins.length) plot.lastElementChild.remove();
  while (plot.children.length < data.bins.length) plot.append(makeBin());
  const buttons = [...plot.children];
  const stop = buttons.findIndex((button) => button.matches(":focus"));
  const first = data.bins.findLastIndex((bin) => bin.count);
  const reached = stop >= 0 ? stop : data.chosen >= 0 ? data.chosen : first;
  const read = (at) => (find("readout").textContent = at >= 0 ? data.bins[at].text : data.rest);
  buttons.forEach((button, at) => {
    fill(button, data.bins[at], at === data.chosen);
    button.tabIndex = at === reached ? 0 : -1;
    button.onclick = () => setTriggerValue("bin", at === data.chosen ? -1 : at);
    button.onpointerenter = button.onfocus = () => read(at);
  });
  root.onpointerleave = () => read(data.chosen);
  plot.onkeydown = (event) => move(event, buttons);
  read(data.chosen);
}

function drawScales(scale, axis) {
  const mark = (share, side) => {
    const label = document.createElement("span");
    label.textContent = `${Math.round(100 * share)} %`;
    label.style[side] = `${100 * share}%`;
    return label;
  };
  scale.replaceChildren(...MARKS.map((share) => mark(share, "bottom")));
  axis.replaceChildren(...MARKS.map((share) => mark(share, "left")));
}

function makeBin() {
  const button = document.createElement("button");
  button.type = "button";
  for (const name of ["bar", "gap-bar", "whisker-bar", "count"]) {
    const part = document.createElement("span");
    part.className = name;
    button.append(part);
  }
  return button;
}

function fill(button, { count, accuracy, confidence, low, high, text }, chosen) {
  const [bar, gap, whisker, number] = button.children;
  button.disabled = !count;
  button.setAttribute("aria-label", text);
  button.setAttribute("aria-pressed", chosen);
  for (const part of [bar, gap, whisker]) part.hidden = !count;
  number.textContent = count ? count.toLocaleString("en") : "";
  bar.style.height = `${100 * (accuracy ?? 0)}%`;
  const reach = (part, from, to) => {
    part.style.bottom = `${100 * Math.min(from, to)}%`;
    part.style.height = `${100 * Math.abs(to - from)}%`;
  };
  reach(gap, accuracy ?? 0, confidence ?? 0);
  const isTooSure = confidence > accuracy;
  gap.style.setProperty("--gap", isTooSure ? "var(--over)" : "var(--under)");
  gap.style.setProperty("--tilt", isTooSure ? "45deg" : "-45deg");
  reach(whisker, low ?? 0, high ?? 0);
}

/** The next bin to that side that has answers. */
function move(event, buttons) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  let at = buttons.indexOf(event.target);
  if (at < 0 || !step) return;
  event.preventDefault();
  do at += step;
  while (buttons[at]?.disabled);
  if (!buttons[at]) return;
  buttons.forEach((button, place) => (button.tabIndex = place === at ? 0 : -1));
  buttons[at].focus();
}
