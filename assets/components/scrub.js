/*
 * A slider over the epochs of a run, and a button that plays them one after another.
 *
 * data.title: what the slider is over
 * data.epochs: the last epoch there will be; data.last: the last one there is
 * data.epoch: the one that is shown, from 0
 *
 * Sends the trigger `epoch` while the slider moves, a few times a second at most, without the delay
 * that Streamlit's own sliders wait for a key to be the last one.
 */

const SEND_MS = 60; // between two messages while the thumb is dragged
const PLAY_MS = 700; // an epoch, when they are played
const HOLD_MS = 5000; // at the most: until its answer comes, the thumb stays where the reader put it

export default mount(".scrub", (root) => new Scrub(root));

class Scrub extends Component {
  constructor(root) {
    super(root);
    this.range = this.find("range");
    this.asked = null; // an epoch that has not been answered yet
    this.sentAt = -SEND_MS;
    this.range.oninput = () => {
      this.stop();
      this.move(Number(this.range.value));
    };
    this.find("play").onclick = () => (this.playing ? this.stop() : this.play());
  }

  show(data, trigger) {
    this.trigger = trigger;
    this.data = data;
    this.find("title").textContent = data.title;
    this.range.max = data.epochs;
    this.find("play").disabled = data.last < 1;
    if (data.epoch === this.asked || performance.now() - this.movedAt > HOLD_MS) this.asked = null;
    if (this.asked === null) this.range.value = data.epoch;
    this.write();
  }

  /** Go to an epoch, or to the last there is. */
  move(epoch) {
    const there = Math.min(epoch, this.data.last);
    this.movedAt = performance.now();
    this.range.value = this.asked = there;
    this.write();
    clearTimeout(this.sending);
    const wait = Math.max(0, SEND_MS - (this.movedAt - this.sentAt));
    this.sending = setTimeout(() => {
      this.sentAt = performance.now();
      this.trigger("epoch", there);
    }, wait);
  }

  write() {
    const epoch = Number(this.range.value);
    const text = epoch ? `after epoch ${epoch} of ${this.data.epochs}` : "before training";
    this.find("now").textContent = text;
    this.range.setAttribute("aria-valuetext", text);
    this.find("play").setAttribute("aria-label", this.playing ? "Stop playing" : "Play the epochs");
  }

  play() {
    const from = Number(this.range.value);
    this.root.classList.add("playing");
    this.playing = setInterval(() => {
      const next = Number(this.range.value) + 1;
      if (next > this.data.last) this.stop();
      else this.move(next);
    }, PLAY_MS);
    this.move(from >= this.data.last ? 0 : from);
  }

  stop() {
    clearInterval(this.playing);
    this.playing = null;
    this.root.classList.remove("playing");
    if (this.data) this.write();
  }

  destroy() {
    super.destroy();
    this.stop();
    clearTimeout(this.sending);
  }
}
