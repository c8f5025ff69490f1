/*
 * Lines, dots and bars between axes: point at one, or go through them with the arrow keys.
 *
 * data.figure: JSON as cnnlib/chart.py makes it; places are numbers on axes with equal steps
 * data.alt: what the figure shows
 *
 * Everything stays in the browser.
 */

const REACH = 36; // pixels from the pointer within which a point is found

export default mount(".chart", (root) => new Chart(root));

class Chart extends Component {
  constructor(root) {
    super(root);
    this.said = ""; // what is pointed at first is said too
    this.at = null;
    const plot = this.find("plot");
    plot.onpointermove = (event) => this.point(this.nearest(event));
    plot.onpointerdown = plot.onpointermove;
    plot.onpointerleave = () => this.point(null);
    plot.onblur = () => this.point(null);
    plot.onkeydown = (event) => this.press(event);
    this.watchSize(() => this.drawSoon());
  }

  show(data) {
    if (this.data?.figure !== data.figure) {
      this.figure = JSON.parse(data.figure);
      this.at = null;
    }
    this.data = data;
    const { title, subtitle, height, legend, legendFirst, panels } = this.figure;
    this.root.style.setProperty("--height", `${height}px`);
    this.find("title").textContent = title;
    this.find("subtitle").textContent = subtitle;
    this.root.querySelector("figcaption").hidden = !title;
    this.find("plot").setAttribute("aria-label", `${data.alt} Arrow keys read its points.`);
    const list = this.find("legend");
    list.hidden = legend.length === 0;
    list.replaceChildren(...legend.map((entry) => legendItem(entry)));
    this.root.insertBefore(list, legendFirst ? this.find("plot") : this.find("spoken"));
    this.find("panels").replaceChildren(...panels.map(makePanel));
    if (this.drawn) this.draw();
  }

  draw() {
    const boxes = [...this.find("panels").children].map((panel) => panel.lastElementChild);
    this.drawn = this.figure.panels.map((panel, at) => new Panel(panel, boxes[at]));
    this.marks = this.drawn.flatMap((panel) => panel.marks);
    this.mark();
  }

  /** The point that is nearest to the pointer, or null. */
  nearest(event) {
    let best = null, least = REACH;
    this.marks?.forEach((mark, at) => {
      const box = mark.panel.box.getBoundingClientRect();
      const away = mark.away(event.clientX - box.left, event.clientY - box.top);
      if (away < least) [best, least] = [at, away];
    });
    return best;
  }

  point(at) {
    if (at === this.at) return;
    this.at = at;
    if (this.data) this.mark();
  }

  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !this.marks?.length) return;
    const now = this.marks[this.at];
    let next = null;
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      const step = event.key === "ArrowRight" ? 1 : -1;
      next = now ? this.at + step : 0;
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      next = now ? this.marks.findIndex((mark) => mark.series === now.series + step) : 0;
      if (next < 0) next = this.at;
    } else return;
    this.point(Math.min(Math.max(next, 0), this.marks.length - 1));
    event.preventDefault();
  }

  /** Show what is pointed at: a ring, and its words. */
  mark() {
    this.drawn.forEach((panel) => panel.ring.setAttribute("visibility", "hidden"));
    const mark = this.marks[this.at];
    const readout = this.find("readout");
    readout.hidden = !mark;
    if (!mark) return;
    const { ring, box } = mark.panel;
    ring.setAttribute("cx", mark.x);
    ring.setAttribute("cy", mark.y);
    ring.setAttribute("visibility", "visible");
    readout.textContent = mark.words;
    const plot = this.find("plot").getBoundingClientRect();
    const own = box.getBoundingClientRect();
    const [x, y] = [own.left - plot.left + mark.x, own.top - plot.top + mark.y];
    const left = x + 12 + readout.offsetWidth > plot.width ? x - 12 - readout.offsetWidth : x + 12;
    readout.style.left = `${Math.max(left, 0)}px`;
    readout.style.top = `${Math.max(y - readout.offsetHeight - 10, 0)}px`;
    this.say(mark.words);
  }
}
