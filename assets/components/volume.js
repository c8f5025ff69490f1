/*
 * The volume that a picture's three planes make: one behind the other, in perspective. Set between
 * canvas.js and the script that uses it.
 */

const TURN = (46 * Math.PI) / 180; // to the side, so that the planes behind can be seen
const GAP = 0.62; // between two planes, of their width
const DISTANCE = 3.6; // of the eye, in widths of a plane
const ABOVE = 0.45; // how far the eye is above the middle

/** The three planes one behind the other, in perspective, with a rod through a pixel of each. */
class Volume {
  constructor(canvas) {
    this.canvas = canvas;
  }

  /** Draw what does not change with the selection. */
  prepare(images, { width, height }, theme) {
    Object.assign(this, { width, height, theme });
    this.ratio = window.devicePixelRatio || 1;
    const context = fit(this.canvas, 1);
    this.place();
    this.still = document.createElement("canvas");
    this.still.width = this.canvas.width;
    this.still.height = this.canvas.height;
    const still = this.still.getContext("2d");
    still.imageSmoothingEnabled = false;
    this.drawEdges(still);
    for (const channel of [2, 1, 0]) this.drawFace(still, images[channel], channel);
    this.drawLabels(still);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Choose scale and shift so that all corners and their labels fit. */
  place() {
    Object.assign(this, { scale: 1, left: 0, top: 0 });
    const corners = [0, 1, 2].flatMap((channel) =>
      [[0, 0], [0, 1], [1, 0], [1, 1]].map(([x, y]) => this.project(x, y, channel)));
    const [xs, ys] = ["x", "y"].map((axis) => corners.map((corner) => corner[axis]));
    const side = this.canvas.width;
    const margin = { left: 48 * this.ratio, right: 14 * this.ratio, ends: 40 * this.ratio };
    const across = Math.max(...xs) - Math.min(...xs);
    const down = Math.max(...ys) - Math.min(...ys);
    const room = [side - margin.left - margin.right, side - 2 * margin.ends];
    this.scale = Math.min(room[0] / across, room[1] / down);
    this.left = margin.left + (room[0] - this.scale * across) / 2 - this.scale * Math.min(...xs);
    this.top = margin.ends + (room[1] - this.scale * down) / 2 - this.scale * Math.min(...ys);
  }

  /** Where a point of a plane is on the canvas: x and y from 0 to 1, from its top left corner. */
  project(x, y, channel) {
    const [right, back] = [x - 0.5, (channel - 1) * GAP];
    const depth = DISTANCE + back * Math.cos(TURN) - right * Math.sin(TURN);
    const side = right * Math.cos(TURN) + back * Math.sin(TURN);
    const below = (y - 0.5) * (this.height / this.width) + ABOVE;
    return {
      x: this.left + (this.scale * side) / depth,
      y: this.top + (this.scale * below) / depth,
      depth,
    };
  }

  /** A plane, by upright strips one dot wide: within one, perspective only scales. */
  drawFace(context, image, channel) {
    const [topLeft, topRight] = [this.project(0, 0, channel), this.project(1, 0, channel)];
    const [bottomLeft, bottomRight] = [this.project(0, 1, channel), this.project(1, 1, channel)];
    const across = topRight.x - topLeft.x;
    for (let x = Math.ceil(topLeft.x); x < topRight.x; x++) {
      const share = (x - topLeft.x) / across;
      const [near, far] = [(1 - share) / topLeft.depth, share / topRight.depth];
      const column = Math.min(Math.floor((far / (near + far)) * image.width), image.width - 1);
      const top = topLeft.y + share * (topRight.y - topLeft.y);
      const bottom = bottomLeft.y + share * (bottomRight.y - bottomLeft.y);
      context.drawImage(image, column, 0, 1, image.height, x, top, 1, bottom - top);
    }
    this.line(context, [topLeft, topRight, bottomRight, bottomLeft, topLeft], this.ink(0.8), 1);
  }

  /** The edges that join the planes' corners. */
  drawEdges(context) {
    for (const [x, y] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
      const ends = [this.project(x, y, 0), this.project(x, y, 2)];
      this.line(context, ends, this.ink(0.45), 1, [4, 4]);
    }
  }

  drawLabels(context) {
    context.fillStyle = this.theme.color;
    context.font = `${13 * this.ratio}px ${this.theme.fontFamily}`;
    context.textBaseline = "middle";
    const write = (text, from, to, align, [right, down]) => {
      context.textAlign = align;
      const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
      context.fillText(text, x + right * this.ratio, y + down * this.ratio);
    };
    const [topLeft, bottomLeft] = [this.project(0, 0, 0), this.project(0, 1, 0)];
    write(this.height, topLeft, bottomLeft, "right", [-8, -8]);
    write("rows", topLeft, bottomLeft, "right", [-8, 8]);
    write(`${this.width} columns`, bottomLeft, this.project(1, 1, 0), "center", [-14, 20]);
    write("3 channels", this.project(1, 1, 0), this.project(1, 1, 2), "left", [4, 16]);
    NAMES.forEach((name, channel) => {
      const corner = this.project(1, 0, channel); // the one that no other plane hides
      write(name[0], corner, corner, "right", [0, -10]);
    });
  }

  /** The selected pixel in each plane, and a rod through all three. */
  draw({ row, column }) {
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.still, 0, 0);
    const at = (x, y, channel) => this.project(x / this.width, y / this.height, channel);
    const centre = [0, 1, 2].map((channel) => at(column + 0.5, row + 0.5, channel));
    this.mark(context, [centre[0], centre[2]]);
    for (const channel of [2, 1, 0]) {
      const corners = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]];
      this.mark(context, corners.map(([x, y]) => at(column + x, row + y, channel)));
    }
  }

  mark(context, points) {
    this.line(context, points, "rgba(0, 0, 0, 0.55)", 4);
    this.line(context, points, BRIGHT, 2);
  }

  ink(opacity) {
    return `color-mix(in srgb, ${this.theme.color} ${100 * opacity}%, transparent)`;
  }

  line(context, points, style, width, dash = []) {
    context.beginPath();
    points.forEach(({ x, y }) => context.lineTo(x, y));
    context.lineWidth = width * this.ratio;
    context.strokeStyle = style;
    context.setLineDash(dash.map((length) => length * this.ratio));
    context.stroke();
    context.setLineDash([]);
  }
}
