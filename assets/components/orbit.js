/*
 * A network at work on one image as stacks of planes in space: drag to turn, point at a plane to
 * see all of it, click a stack to spread it. Nothing goes to the server.
 *
 * data.image: {height, width, shape, pixels}, RGB bytes row by row in base64; the first stack
 * data.stacks: for each layer {layer, title, word, name, shape, planes, height, width, numbers, count,
 *   drawn, flat, signed, limits, texts, names}: `numbers` says which maps the planes are, the
 *   strongest first, or which units the cells of the one plane of a `flat` one are, which stand top
 *   to bottom and then to the right; `texts` what is in each of them; `limits` each plane's
 *   magnitude with the last colour; `drawn` says so if not all are drawn; `names` the units' names
 * data.levels: all planes' cells in order, a byte each; data.palettes: {signed, magnitude}, three
 *   bytes a level; all base64
 * data.note: what is left out; data.per: "map", "layer" or "net", what shares a scale
 *
 * Keys: the arrows turn, + and - zoom, 0 or Home goes back to the first view; with Shift the arrows
 * point, left and right at planes and up and down at layers; Enter spreads the layer pointed at.
 */

const PLAY = "M4 3v10l9-5z";
const PAUSE = "M4 3h3v10H4zM9 3h3v10H9z";
const MINUS = "\u2212";
const STEP = Math.PI / 36; // of a key press
const DRAG = 0.007; // radians a screen pixel
const TILTS = [-0.35, 1.35];
const ZOOMS = [1, 8];
const CLICK = 5; // screen pixels that a click may wander
const EASE = 80; // milliseconds to come to within a third of where a key or button leads
const SWAY = { range: 0.5, speed: 0.16 }; // radians to either side; radians a second
const FLAT = 96; // screen pixels of the plane beside the readout
const IDLE = "Point at a plane and it is shown here, cell by cell.";
const KEYS = "Arrow keys turn it, plus and minus zoom, zero goes back to the first view. "
  + "Shift and an arrow key point at the next map or layer, Enter spreads the layer.";

export default mount(".orbit", (root) => new Orbit(root));

class Orbit extends Component {
  constructor(root) {
    super(root);
    this.view = { ...START, zoom: 1, along: 0, floor: 0, shelf: 0 };
    this.goal = { ...this.view };
    this.opened = null; // the place of a stack, as are `pointed.at` and `aim.at`
    this.pointed = null;
    this.aim = null; // what is drawn nearer
    this.isSeen = true;
    this.scene = this.find("scene");
    this.listen();
    this.watchSize(() => this.arrange());
    this.watching = new IntersectionObserver((entries) => {
      this.isSeen = entries.at(-1).isIntersecting;
      if (this.isSeen && this.data) this.drawSoon();
    });
    this.watching.observe(this.scene);
    document.fonts.ready.then(() => this.data && this.restyle());
  }

  destroy() {
    super.destroy();
    this.watching.disconnect();
  }

  listen() {
    const { scene } = this;
    scene.onpointerdown = (event) => this.grab(event);
    scene.onpointermove = (event) => this.move(event);
    scene.onpointerup = (event) => this.letGo(event);
    scene.onpointercancel = () => this.endDrag();
    scene.onpointerleave = ({ pointerType }) => {
      this.pointer = null;
      if (pointerType !== "touch") this.point(null); // a finger leaves as soon as it has pointed
    };
    scene.onblur = () => this.point(null);
    scene.onkeydown = (event) => this.press(event);
    this.find("turn").hidden = this.still;
    this.find("turn").onclick = () => this.sway();
    this.find("out").onclick = () => this.zoom(1 / 1.4);
    this.find("in").onclick = () => this.zoom(1.4);
    this.find("reset").onclick = () => this.reset();
  }

  show(data) {
    const before = this.data;
    this.data = data;
    const isSame = before?.levels === data.levels && before.image.pixels === data.image.pixels
      && before.stacks.length === data.stacks.length;
    if (!isSame) this.take(data);
    this.find("note").textContent = data.note;
    this.find("magnitude").querySelector(".ramp").style.background = gradient(this.palettes.magnitude);
    this.find("signed").querySelector(".ramp").style.background = gradient(this.palettes.signed);
    this.scene.setAttribute("aria-label",
      `The network in space: the image and the planes of ${data.stacks.length} layers. ${KEYS}`);
    this.restyle();
  }

  take({ image, stacks, levels, palettes }) {
    const first = {
      planes: 1, width: image.width, height: image.height, shape: image.shape, title: "Image", word: "Image",
      name: "The image", drawn: "", pixels: readBytes(image.pixels), texts: [image.shape],
    };
    this.stacks = [first, ...stacks];
    this.palettes = { signed: readBytes(palettes.signed), magnitude: readBytes(palettes.magnitude) };
    this.textures = new Textures(this.stacks, readBytes(levels), this.palettes);
    this.space = new Space(this.stacks);
    this.painter = new Painter(this.space, this.textures, this.stacks);
    if (this.opened !== null && !(this.stacks[this.opened]?.planes > 1)) this.opened = null;
    this.pointed = null;
    this.aim = null;
    this.space.items.forEach((item) => (item.pitch = this.pitchOf(item)));
  }

  /** Colours and letters anew, for another theme or once the letters have come. */
  restyle() {
    const style = getComputedStyle(this.root);
    this.theme = {
      text: style.color,
      font: style.fontFamily,
      ground: style.getPropertyValue("--st-background-color").trim() || "#fff",
      accent: style.getPropertyValue("--st-primary-color").trim() || BRIGHT,
    };
    this.theme.edge = `color-mix(in srgb, ${this.theme.text} 45%, ${this.theme.ground})`;
    this.textures.fade(this.theme.ground);
    this.labels = new Labels(this.theme);
    this.arrange();
    this.tell();
  }

  arrange() {
    const [across, down] = [this.scene.clientWidth, this.scene.clientHeight];
    if (across <= 0) return;
    const ratio = window.devicePixelRatio || 1;
    const size = { width: Math.round(across * ratio), height: Math.round(down * ratio) };
    if (this.scene.width !== size.width || this.scene.height !== size.height) {
      Object.assign(this.scene, size);
    }
    const pitches = this.space.items.map(({ pitch }) => pitch);
    this.space.items.forEach((item) => (item.pitch = PITCH)); // spreading changes no shelf
    this.space.arrange(across, down);
    this.space.items.forEach((item, at) => (item.pitch = pitches[at]));
    this.labels.ratio = ratio;
    this.labels.clear();
    this.draw();
  }

  // ---- turning --------------------------------------------------------------------------------

  grab(event) {
    if (event.button !== 0) return;
    const [x, y] = this.placeOf(event);
    this.held = { x, y, from: [x, y], isDrag: false, before: this.pointed };
    this.point(this.under(x, y));
  }

  move(event) {
    const [x, y] = this.placeOf(event);
    this.pointer = [x, y];
    if (!this.held) {
      this.point(this.under(x, y));
      return;
    }
    const [dx, dy] = [x - this.held.x, y - this.held.y];
    if (!this.held.isDrag) {
      if (Math.hypot(x - this.held.from[0], y - this.held.from[1]) < CLICK) return;
      this.held.isDrag = true;
      this.scene.setPointerCapture(event.pointerId);
      this.scene.classList.add("dragging");
      this.point(null);
    }
    Object.assign(this.held, { x, y });
    this.turn(-dx * DRAG, dy * DRAG);
    Object.assign(this.view, { yaw: this.goal.yaw, tilt: this.goal.tilt });
  }

  letGo(event) {
    const held = this.held;
    this.endDrag();
    if (!held || held.isDrag || !this.pointed) return;
    // A finger cannot point without a press: it points first, and closes what it points at.
    const isAnother = this.pointed !== held.before;
    const isOpen = this.pointed.at === this.opened;
    if (event.pointerType !== "touch" || !isOpen || !isAnother) this.open(this.pointed.at);
  }

  endDrag() {
    this.held = null;
    this.scene.classList.remove("dragging");
  }

  turn(yaw, tilt) {
    this.goal.yaw += yaw;
    this.goal.tilt = clamp(this.goal.tilt + tilt, ...TILTS);
    this.middle = this.goal.yaw; // of a slow turn
    this.drawSoon();
  }

  zoom(factor) {
    this.goal.zoom = clamp(this.goal.zoom * factor, ...ZOOMS);
    this.signZoom();
    this.drawSoon();
  }

  signZoom() {
    this.find("out").disabled = this.goal.zoom <= ZOOMS[0];
    this.find("in").disabled = this.goal.zoom >= ZOOMS[1];
  }

  reset() {
    // Back by the shorter way round.
    const round = 2 * Math.PI;
    this.view.yaw -= round * Math.round((this.view.yaw - START.yaw) / round);
    Object.assign(this.goal, START, { zoom: 1 });
    this.middle = START.yaw;
    this.opened = null;
    this.aim = null;
    this.signZoom();
    this.drawSoon();
  }

  /** Turn slowly to and fro, or stop it. */
  sway() {
    this.sways = !this.sways;
    this.middle = this.goal.yaw;
    this.direction = 1;
    this.find("turn").setAttribute("aria-pressed", String(this.sways));
    this.find("sign").setAttribute("d", this.sways ? PAUSE : PLAY);
    this.drawSoon();
  }

  isSwaying() {
    return this.sways && this.isSeen && !this.held && !this.scene.matches(":hover, :focus-visible");
  }

  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { key } = event;
    if (key in ARROWS) {
      const [down, right] = ARROWS[key];
      if (event.shiftKey) this.walk(down, right);
      else this.turn(-right * STEP, -down * STEP);
    } else if (key === "+" || key === "=") this.zoom(1.4);
    else if (key === "-" || key === "_") this.zoom(1 / 1.4);
    else if (key === "0" || key === "Home") this.reset();
    else if ((key === "Enter" || key === " ") && this.pointed) this.open(this.pointed.at);
    else if (key === "Escape" && this.opened !== null) this.open(this.opened);
    else return;
    event.preventDefault();
  }

  // ---- pointing -------------------------------------------------------------------------------

  placeOf(event) {
    const box = this.scene.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** {at, part} under a point of the canvas: the plane's number, or the unit's; or null. */
  under(x, y) {
    const found = this.space.pick(x, y);
    if (!found) {
      const label = this.labels.at(x, y);
      return label === null ? null : { at: label, part: null };
    }
    const { item, plane, u, v } = found;
    const stack = this.stacks[item.at];
    if (!stack.flat) return { at: item.at, part: plane };
    const unit = Math.floor(u * stack.width) * stack.height + Math.floor(v * stack.height);
    return { at: item.at, part: unit < stack.numbers.length ? unit : null };
  }

  point(target) {
    const now = this.pointed;
    if (target?.at === now?.at && target?.part === now?.part) return;
    this.pointed = target;
    this.scene.classList.toggle("pointing", Boolean(target));
    this.tell();
    this.drawSoon();
  }

  /** To the next plane or unit, or to the next layer. */
  walk(down, right) {
    const last = this.stacks.length - 1;
    const { at, part } = this.pointed ?? { at: down || right ? -1 : 0, part: 0 };
    if (down || !this.pointed) this.point({ at: clamp(at + (down || 1), 0, last), part: 0 });
    else this.point({ at, part: clamp((part ?? 0) + right, 0, this.stacks[at].texts.length - 1) });
    this.aim = this.pointed;
  }

  /** Spread a stack's planes, or close it again. */
  open(at) {
    this.opened = this.opened === at || this.stacks[at].planes < 2 ? null : at;
    this.aim = this.opened === null ? { at, part: null } : this.pointed;
    this.drawSoon();
  }

  pitchOf(item) {
    return item.at === this.opened ? SPREAD : PITCH;
  }

  // ---- drawing --------------------------------------------------------------------------------

  draw() {
    if (!this.space?.shelves) return;
    const isMoving = this.advance();
    this.space.look(this.view);
    if (this.repoint) {
      this.repoint = false;
      this.point(this.under(...this.pointer));
    }
    const context = cleared(this.scene);
    this.painter.draw(context, this.theme, this.pointed);
    this.labels.draw(context, this.space, this.stacks, this.pointed?.at ?? this.opened);
    this.sign();
    if (isMoving) this.drawSoon();
  }

  /** A step towards where keys and buttons led, and of the slow turn; whether there is more. */
  advance() {
    const now = performance.now();
    const passed = Math.min(now - (this.last ?? now), 50);
    const share = this.still ? 1 : 1 - Math.exp(-(passed || 16) / EASE);
    if (this.isSwaying()) {
      const off = this.goal.yaw - this.middle;
      if (Math.abs(off) > SWAY.range) this.direction = -Math.sign(off);
      this.goal.yaw += this.direction * SWAY.speed * (passed / 1000);
      this.view.yaw += this.direction * SWAY.speed * (passed / 1000);
    }
    const { at, part } = this.aim ?? {};
    const { planes } = this.stacks[at] ?? {};
    Object.assign(this.goal, this.space.placeOf(this.space.items[at], planes > 1 ? part : null));
    const isEasing = [
      ...Object.keys(this.view).map((name) => approach(this.view, name, this.goal[name], share)),
      ...this.space.items.map((item) => approach(item, "pitch", this.pitchOf(item), share)),
    ].some(Boolean);
    if (isEasing || this.wasEasing) this.space.place();
    // What came to lie under the pointer while it rested is what it points at.
    if (this.wasEasing && !isEasing && this.pointer && !this.held) this.repoint = true;
    this.wasEasing = isEasing;
    const isMoving = isEasing || this.isSwaying();
    this.last = isMoving ? now : undefined;
    return isMoving;
  }

  /** Where it has come to, for style and for tests. */
  sign() {
    const { yaw, tilt, zoom } = this.view;
    const words = [yaw, tilt].map((angle) => Math.round((angle * 180) / Math.PI)).join(" ");
    if (this.root.dataset.view === `${words} ${zoom.toFixed(2)}`) return;
    this.root.dataset.view = `${words} ${zoom.toFixed(2)}`;
  }

  // ---- telling --------------------------------------------------------------------------------

  tell() {
    const stack = this.pointed && this.stacks[this.pointed.at];
    const words = stack ? this.wordsFor(stack, this.pointed.part) : [IDLE, "", ""];
    ["name", "text", "more"].forEach((part, n) => (this.find(part).textContent = words[n]));
    this.drawFlat(stack ? this.pointed : { at: 0, part: 0 });
    this.tellScale(stack);
    this.say(stack ? words.filter(Boolean).join(". ") : "");
  }

  wordsFor(stack, part) {
    if (!stack.layer) return [stack.name, stack.shape, ""];
    const { layer, count, numbers, names, texts, flat } = stack;
    const name = `${layer} · ${stack.name}`;
    const size = `${stack.shape}${flat ? " numbers" : ""}`;
    if (part === null) return [name, size, stack.drawn];
    const called = names[part] ? `, ${names[part]}` : "";
    const what = `${flat ? "Unit" : "Map"} ${numbers[part]} of ${count.toLocaleString("en")}${called}`;
    return [name, `${what}: ${texts[part]}`, [size, stack.drawn].filter(Boolean).join(", ")];
  }

  /** The plane pointed at as it is, seen from the front. */
  drawFlat({ at, part }) {
    const flat = this.find("flat");
    const stack = this.stacks[at];
    const { width, height } = stack;
    const scale = Math.max(1, Math.floor(FLAT / Math.max(width, height)));
    const side = Math.max(width, height) > FLAT ? FLAT / Math.max(width, height) : Math.min(scale, 24);
    sizeTo(flat, width * side, height * side);
    const spot = this.textures.spots[at][stack.flat ? 0 : part ?? 0];
    const context = cleared(flat);
    context.drawImage(this.textures.sheet, spot.x, spot.y, width, height, 0, 0, width * side, height * side);
    if (!stack.flat || part === null) return;
    const [column, row] = [Math.floor(part / height), part % height];
    outline(context, column * side, row * side, side, side);
  }

  /** What the colours stand for. */
  tellScale(stack) {
    const whose = { map: "largest of each map", layer: "largest of each layer" }[this.data.per];
    const plane = stack?.flat ? 0 : this.pointed?.part;
    for (const name of ["magnitude", "signed"]) {
      const legend = this.find(name);
      const isIts = stack?.layer && (name === "signed") === stack.signed;
      const limit = isIts ? stack.limits[plane ?? 0] : whose ?? this.data.stacks[0].limits[0];
      legend.querySelector(".high").textContent = limit;
      legend.querySelector(".low").textContent =
        name === "magnitude" ? "0" : limit === whose ? `${MINUS}largest` : MINUS + limit;
      legend.toggleAttribute("data-off", Boolean(stack) && !isIts);
    }
  }
}

/** Bring a number nearer to its goal; whether it is still under way. */
function approach(thing, name, goal, share) {
  const rest = goal - thing[name];
  const isThere = Math.abs(rest) < 0.002 || share === 1;
  thing[name] = isThere ? goal : thing[name] + share * rest;
  return !isThere;
}

function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

function gradient(palette) {
  const last = palette.length / 3 - 1;
  const stops = Array.from({ length: 9 }, (_, at) => 3 * Math.round((at / 8) * last));
  return `linear-gradient(to right, ${stops.map((at) => `rgb(${palette.subarray(at, at + 3).join()})`).join()})`;
}
