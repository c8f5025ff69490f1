/*
 * How often which numbers occur: bars, and the outline of another distribution over them.
 *
 * data.title: what is counted
 * data.edges: the bars' edges, one more than bars, as texts
 * data.shares: each bar's share of all, from 0 to 1; data.most: the share at the top of the plot
 * data.other: the same shares of the other distribution, or null
 * data.names: {now, other}: what the two are called; data.unit: what is counted, "weights"
 * data.beyond: whether the outermost bars count what lies beyond them too
 */

export default mount(".histogram", (root) => new Bars(root));

class Bars extends Component {
  constructor(root) {
    super(root);
    this.said = ""; // what is pointed at first is said too
    this.at = null;
    const plot = this.find("plot");
    follow(plot, (event) => this.point(this.barOf(event)));
    plot.onpointerleave = () => this.point(null);
    plot.onblur = () => this.point(null);
    plot.onkeydown = (event) => this.press(event);
  }

  show(data) {
    this.data = data;
    const count = data.shares.length;
    const bars = this.find("bars");
    if (bars.children.length !== count) {
      bars.replaceChildren(...data.shares.map(() => {
        const column = document.createElement("div");
        column.append(document.createElement("span"));
        return column;
      }));
    }
    data.shares.forEach((share, at) => {
      bars.children[at].firstChild.style.height = `${(100 * share) / data.most}%`;
    });
    if (this.at >= count) this.at = null;
    this.find("title").textContent = data.title;
    this.find("plot").setAttribute("aria-label", `${data.title}. Left and right arrow keys move.`);
    this.find("most").textContent = percent(data.most);
    this.find("low").textContent = data.edges[0];
    this.find("high").textContent = data.edges[count];
    this.find("nowname").textContent = data.names.now;
    this.find("othername").textContent = data.other ? data.names.other : "";
    this.find("line").hidden = !data.other;
    this.find("other").setAttribute("d", data.other ? this.steps(data.other) : "");
    this.write();
  }

  steps(shares) {
    const parts = shares.map((share, at) => {
      const top = 100 - (100 * share) / this.data.most;
      return `V${top}H${(100 * (at + 1)) / shares.length}`;
    });
    return `M0 100${parts.join("")}V100`;
  }

  barOf(event) {
    const { left, width } = this.find("plot").getBoundingClientRect();
    const count = this.data.shares.length;
    return Math.min(Math.max(Math.floor(((event.clientX - left) / width) * count), 0), count - 1);
  }

  point(at) {
    this.at = at;
    if (this.data) this.say(this.write()); // another epoch is not said, only what is pointed at
  }

  press(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    const last = this.data.shares.length - 1;
    const from = this.at ?? Math.floor(last / 2);
    this.point(Math.min(Math.max(from + step, 0), last));
    event.preventDefault();
  }

  write() {
    [...this.find("bars").children].forEach((bar, at) => bar.classList.toggle("pointed", at === this.at));
    const words = this.at === null ? "" : this.wordsOf(this.at);
    this.find("readout").textContent = words || "Point at a bar to read its numbers.";
    return words;
  }

  wordsOf(at) {
    const { edges, shares, other, unit, names, beyond } = this.data;
    const last = shares.length - 1;
    let range = `From ${edges[at]} to ${edges[at + 1]}`;
    if (beyond && at === 0) range = `Below ${edges[1]}`;
    if (beyond && at === last) range = `From ${edges[last]} on`;
    const before = other ? `; ${names.other}: ${percent(other[at])}` : "";
    return `${range}: ${percent(shares[at])} of the ${unit}${before}`;
  }
}

function percent(share) {
  const value = 100 * share;
  return `${value === 0 || value >= 9.95 ? value.toFixed(0) : value.toFixed(1)} %`;
}
