/*
 * The stage, part 7 of 7: what is selected, and what moves it.
 *
 * `selection` is the output cell whose window is worked out; hovering, arrow keys and playing move
 * it. `pinned` is the cell that was clicked and told to Python. `probe` is a single input pixel or
 * a single tap of the window that is pointed at. Moving only sets these and asks for a frame;
 * everything is drawn in `draw`, at most once a frame, and nothing goes to the server. The lines of
 * "step by step", most of all words, are written in the first frame that has nothing newer to draw.
 */

const SPEEDS = [1, 2, 4, 8, 16]; // cells a second
const MOST_UNWRITTEN = 15; // drawings in a row whose steps are overtaken by the next one
const SPEAK_AFTER = 250; // milliseconds of rest, so that a sweep is not read out cell by cell

const sameCell = (a, b) => Boolean(a && b) && a.row === b.row && a.column === b.column;

/** Where a key takes a cell inside an area of first and last rows and columns; null if nowhere. */
function cellAfterKey(key, cell, { top, left, bottom, right }) {
  const moves = {
    ArrowUp: { row: cell.row - 1 },
    ArrowDown: { row: cell.row + 1 },
    ArrowLeft: { column: cell.column - 1 },
    ArrowRight: { column: cell.column + 1 },
    Home: { column: left },
    End: { column: right },
    PageUp: { row: top },
    PageDown: { row: bottom },
  };
  if (!(key in moves)) return null;
  const { row, column } = { ...cell, ...moves[key] };
  return { row: clamp(row, top, bottom), column: clamp(column, left, right) };
}

class Stage extends Component {
  constructor(root) {
    super(root);
    this.view = new View(root);
    this.selection = null;
    this.pinned = null;
    this.probe = null;
    this.channel = 0; // whose arithmetic is shown when there are too many channels to show all
    this.playing = false;
    this.hovered = false;
    this.visible = true;
    this.connectPlayer();
    this.watchSize(() => this.arrange());
    this.watching = new IntersectionObserver(([entry]) => (this.visible = entry.isIntersecting));
    this.watching.observe(root);
    document.fonts.ready.then(() => this.repaint()); // numbers drawn before then have another font
  }

  destroy() {
    super.destroy();
    this.watching.disconnect();
    cancelAnimationFrame(this.writing);
    clearTimeout(this.timer);
    clearTimeout(this.speaking);
    this.model = null;
  }

  // ---- new data ---------------------------------------------------------------------------------

  /** Called again whenever the data or the theme changes; elements and selection stay. */
  show(data, trigger, setState) {
    this.setState = setState;
    this.theme = readTheme(this.root);
    if (data !== this.data) this.accept(data);
    this.repaint();
  }

  repaint() {
    this.view.layout = null;
    this.arrange();
  }

  accept(data) {
    const isFirst = !this.data;
    const isAsked = data.cell && !sameCell(data.cell, this.data?.cell);
    this.data = data;
    this.model = readModel(data);
    this.channel = Math.min(this.channel, this.model.channels - 1);
    this.probe = null;
    this.selection = this.nearest(isAsked ? data.cell : this.selection ?? this.middle());
    if (isAsked) this.pinned = this.selection;
    else if (!sameCell(this.pinned, this.pinned && this.nearest(this.pinned))) this.pinned = null;
    if (this.view.accept(this.model)) this.connectGrids();
    if (isFirst && data.autoplay && !this.still) this.play();
  }

  /** The cell itself if the output has it, else the nearest one it has. */
  nearest({ row, column }) {
    const { height, width } = this.model;
    return { row: clamp(row, 0, height - 1), column: clamp(column, 0, width - 1) };
  }

  middle() {
    return { row: Math.floor(this.model.height / 2), column: Math.floor(this.model.width / 2) };
  }

  arrange() {
    if (this.model && this.view.arrange(this.theme)) this.draw();
  }

  // ---- drawing ----------------------------------------------------------------------------------

  /** Ask for one drawing in the next frame, however many events arrive before it. */
  change() {
    cancelAnimationFrame(this.writing);
    this.drawSoon();
  }

  draw() {
    if (!this.view.layout) return;
    this.view.draw(this);
    this.speak(this.view.sentence);
    this.writeSteps();
  }

  /** In the next frame, so that the highlight waits for no words; at once if long overtaken. */
  writeSteps() {
    const write = () => {
      this.overtaken = 0;
      this.view.writeSteps();
    };
    cancelAnimationFrame(this.writing);
    if (!this.view.unwritten) return;
    this.overtaken = (this.overtaken ?? 0) + 1;
    if (this.overtaken > MOST_UNWRITTEN) write();
    else this.writing = requestAnimationFrame(write);
  }

  speak(sentence) {
    if (sentence === this.said) return;
    this.said = sentence;
    clearTimeout(this.speaking);
    if (this.playing) return;
    const say = () => setText(this.view.part("spoken"), sentence);
    this.speaking = setTimeout(say, SPEAK_AFTER);
  }

  // ---- moving -----------------------------------------------------------------------------------

  select(cell) {
    this.selection = cell;
    this.probe = null;
    this.change();
  }

  aimAtPixel({ row, column }) {
    this.probe = { kind: "pixel", row, column };
    this.change();
  }

  aimAtTap({ row, column }) {
    this.probe = { kind: "tap", tap: row * this.model.columns.kernel + column };
    this.change();
  }

  aimAtNothing() {
    this.probe = null;
    this.change();
  }

  /** Keep a cell and tell Python. */
  choose(cell) {
    this.stop();
    this.pinned = cell;
    this.select(cell);
    this.setState("cell", cell);
  }

  choosePixel(position) {
    const cell = outputCentredOn(this.model, position);
    if (cell) this.choose(cell);
  }

  // ---- pointers and keys ------------------------------------------------------------------------

  /** Listen to the grids that the view has made. */
  connectGrids() {
    const { planes, outputs, terms, steps, partials } = this.view;
    const nothing = () => this.aimAtNothing();
    planes.forEach((plane, c) => {
      const aim = (cell) => {
        this.channel = c;
        this.aimAtPixel(cell);
      };
      this.follow(plane, aim, nothing, (cell) => this.choosePixel(cell));
    });
    for (const output of outputs) {
      const back = () => this.select(this.pinned ?? this.selection);
      this.follow(output, (cell) => this.select(cell), back, (cell) => this.choose(cell));
    }
    for (const patch of terms.flatMap(({ patches }) => patches)) {
      this.follow(patch, (cell) => this.aimAtTap(cell), nothing);
    }
    for (const { lines } of steps) {
      lines.forEach(({ row }, tap) => {
        row.addEventListener("pointerenter", () => this.aimAtTap(cellOfTap(this.model, tap)));
        row.addEventListener("pointerleave", nothing);
      });
    }
    if (partials) this.follow(partials, (cell) => this.showChannel(cell), nothing);
    this.connectKeys();
  }

  showChannel({ row, column }) {
    const { grid } = this.view.partials;
    this.channel = Math.min(row * grid.columns + column, this.model.channels - 1);
    this.change();
  }

  /** Mouse, pen and finger alike. */
  follow({ host, grid }, onMove, onLeave, onClick = () => {}) {
    const at = (handler) => (event) => handler(grid.cellAt(event));
    host.addEventListener("pointermove", at(onMove));
    host.addEventListener("pointerdown", at(onMove));
    host.addEventListener("pointerleave", onLeave);
    host.addEventListener("click", at(onClick));
  }

  connectKeys() {
    const { planes: [plane], outputs: [output], terms: [term], partials } = this.view;
    this.steer(plane.host, "Input pixels", {
      area: () => plane.grid.area,
      start: () => (this.probe?.kind === "pixel" ? this.probe : this.view.trace.taps[0]),
      move: (cell) => this.aimAtPixel(cell),
      enter: (cell) => this.choosePixel(cell),
    });
    this.steer((term.kernel ?? term.window).host, term.kernel ? "Kernel weights" : "Window", {
      area: () => term.window.grid.area,
      start: () => cellOfTap(this.model, Math.max(this.view.litTap(this), 0)),
      move: (cell) => this.aimAtTap(cell),
      enter: (cell) => this.aimAtTap(cell),
    });
    this.steer(output.host, "Output cells", {
      area: () => output.grid.area,
      start: () => this.selection,
      move: (cell) => {
        this.stop();
        this.select(cell);
      },
      enter: (cell) => this.choose(cell),
    });
    if (partials) {
      this.steer(partials.host, "Channels", {
        area: () => partials.grid.area,
        start: () => partials.grid.cells[this.channel],
        move: (cell) => this.showChannel(cell),
        enter: (cell) => this.showChannel(cell),
      });
    }
  }

  /** Make a grid one stop of the Tab key and let the arrow keys move in it. */
  steer(host, label, { area, start, move, enter }) {
    host.tabIndex = 0;
    host.setAttribute("role", "application");
    host.setAttribute("aria-label", label);
    host.setAttribute("aria-describedby", "keys");
    host.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const next = cellAfterKey(event.key, start(), area());
      if (next) move(next);
      else if (event.key === "Enter" || event.key === " ") enter(start());
      else return;
      event.preventDefault();
    });
    host.addEventListener("blur", () => this.aimAtNothing());
  }

  // ---- playing ----------------------------------------------------------------------------------

  connectPlayer() {
    const part = (name) => this.view.part(name);
    const walk = (by) => () => {
      this.stop();
      this.step(by);
    };
    part("play").addEventListener("click", () => (this.playing ? this.stop() : this.play()));
    part("back").addEventListener("click", walk(-1));
    part("forward").addEventListener("click", walk(1));
    part("body").addEventListener("pointerenter", () => (this.hovered = true));
    part("body").addEventListener("pointerleave", () => (this.hovered = false));
    const input = part("speed").querySelector("input");
    const setSpeed = () => {
      this.speed = SPEEDS[input.value];
      input.setAttribute("aria-valuetext", `${plural(this.speed, "cell")} a second`);
    };
    input.addEventListener("input", setSpeed);
    setSpeed();
  }

  /** Playing waits while a pointer or the keyboard is on the grids, or nobody can see them. */
  isHeld() {
    const isFocused = this.view.part("body").querySelector(":focus-visible") !== null;
    return this.hovered || isFocused || !this.visible || document.hidden;
  }

  play() {
    this.setPlaying(true);
    const tick = () => {
      if (!this.isHeld()) this.step(1);
      this.timer = setTimeout(tick, 1000 / this.speed);
    };
    this.timer = setTimeout(tick, 1000 / this.speed);
  }

  stop() {
    clearTimeout(this.timer);
    this.setPlaying(false);
  }

  setPlaying(playing) {
    this.playing = playing;
    this.said = null; // what playing did not say is said when it stops
    const button = this.view.part("play");
    button.title = playing ? "Pause" : "Play";
    button.setAttribute("aria-label", button.title);
    this.root.classList.toggle("playing", playing);
  }

  /** To the next or previous output cell, row by row, around the ends. */
  step(by) {
    const { height, width } = this.model;
    const count = height * width;
    const index = (this.selection.row * width + this.selection.column + by + count) % count;
    this.pinned = null;
    this.select({ row: Math.floor(index / width), column: index % width });
  }
}

export default mount(".stage", (root) => new Stage(root));
