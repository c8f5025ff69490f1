/*
 * A bar for each class: its name, its share and that share in words. The likeliest is bold.
 *
 * data.title: what the bars are of
 * data.rows: {name, share (0 to 1), text, best} from top to bottom; text is "" while unknown
 * data.spoken: what a screen reader says when the answer changes
 */

export default mount(".bars", (root) => new Bars(root));

class Bars extends Component {
  show(data) {
    const list = this.find("rows");
    list.setAttribute("aria-label", data.title);
    while (list.children.length > data.rows.length) list.lastElementChild.remove();
    while (list.children.length < data.rows.length) list.append(makeRow());
    const longest = Math.max(...data.rows.map((row) => row.name.length), 1);
    list.style.setProperty("--name-width", `${Math.min(longest + 0.5, 12)}ch`);
    data.rows.forEach((row, at) => fillRow(list.children[at], row));
    this.say(data.spoken);
  }
}

function makeRow() {
  const row = document.createElement("li");
  const [name, track, text] = ["name", "track", "text"].map((part) => {
    const element = document.createElement("span");
    element.className = part;
    return element;
  });
  const fill = document.createElement("div");
  fill.className = "fill";
  fill.style.width = "0";
  track.append(fill);
  row.append(name, track, text);
  return row;
}

function fillRow(element, { name, share, text, best }) {
  const [nameCell, track, textCell] = element.children;
  nameCell.textContent = name;
  textCell.textContent = text;
  track.firstElementChild.style.width = `${100 * share}%`;
  element.classList.toggle("best", best);
}
