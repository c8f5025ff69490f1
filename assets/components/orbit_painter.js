/*
 * The planes on the canvas, the farthest first. Set between orbit_textures.js and orbit.js.
 */

const EDGE = [0.3, 0.75]; // screen pixels of outlines, thinner the closer planes are

class Painter {
  constructor(space, textures, stacks) {
    Object.assign(this, { space, textures, stacks });
  }

  /** Everything, and on it the plane that is pointed at: {at, part} or null. */
  draw(context, theme, pointed) {
    this.theme = theme;
    this.ratio = window.devicePixelRatio || 1;
    for (const { board, items } of this.space.backToFront()) {
      this.drawBoard(context, board);
      for (const item of items) this.drawStack(context, item);
    }
    if (pointed && pointed.part !== null) this.drawPointed(context, pointed);
  }

  drawBoard(context, board) {
    const corners = this.space.board(board);
    context.beginPath();
    corners.forEach((corner) => context.lineTo(...corner));
    context.closePath();
    context.fillStyle = this.theme.text;
    context.globalAlpha = 0.06;
    context.fill();
    context.globalAlpha = 1;
  }

  drawStack(context, item) {
    const { space, textures } = this;
    const { width, height } = this.stacks[item.at];
    const slip = space.slip(item);
    const planes = space.planesOf(item);
    const front = planes.at(-1);
    const isEdge = Math.abs(space.plane(item, 0).ux) < 1;
    const edges = new Path2D();
    for (const number of planes) {
      const plane = space.plane(item, number);
      const spot = textures.spots[item.at][number];
      const sheet = textures.at(space.distance(item, number));
      // Of a spread stack all is drawn: so little is hidden that seams would show.
      const isWhole = number === front || item.pitch > 1.5 * PITCH;
      const parts = isWhole ? [[0, 0, 1, 1]] : isEdge ? [] : exposed(slip);
      this.drawParts(context, sheet, spot, plane, width, height, parts);
      traceEdges(edges, plane, number === front ? null : slip);
    }
    this.screen(context);
    context.strokeStyle = this.theme.edge;
    context.lineWidth = clamp(0.35 * Math.abs(slip[1]) * space.plane(item, 0).vy, ...EDGE);
    context.stroke(edges);
  }

  /** Parts of a plane, each [left, top, width, height] in shares of it. */
  drawParts(context, sheet, spot, { x, y, ux, uy, vx, vy }, width, height, parts) {
    const ratio = this.ratio;
    context.setTransform(ratio * ux / width, ratio * uy / width, ratio * vx / height,
      ratio * vy / height, ratio * x, ratio * y);
    for (const [left, top, wide, high] of parts) {
      const box = [left * width, top * height, wide * width, high * height];
      context.drawImage(sheet, spot.x + box[0], spot.y + box[1], box[2], box[3], ...box);
    }
  }

  screen(context) {
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
  }

  /** All of the plane that is pointed at, before everything else. */
  drawPointed(context, pointed) {
    const item = this.space.items[pointed.at];
    const { flat, width, height } = this.stacks[item.at];
    const number = flat ? 0 : pointed.part;
    const plane = this.space.plane(item, number);
    const spot = this.textures.spots[item.at][number];
    this.drawParts(context, this.textures.sheet, spot, plane, width, height, [[0, 0, 1, 1]]);
    this.screen(context);
    frameShape(context, plane);
    if (!flat) return;
    const [column, row] = [Math.floor(pointed.part / height), pointed.part % height];
    frameShape(context, shapeOfCell(plane, column, row, width, height));
  }
}

/** What a plane shows beyond the one before it, which is shifted by these shares of its sides. */
function exposed([u, v]) {
  const [wide, high] = [Math.min(Math.abs(u), 1), Math.min(Math.abs(v), 1)];
  const column = [u < 0 ? 1 - wide : 0, 0, wide, 1];
  if (wide === 1) return [column];
  return [column, [u < 0 ? 0 : wide, v < 0 ? 1 - high : 0, 1 - wide, high]];
}

/** A plane's outline, or only the two edges that show beyond the one before it. */
function traceEdges(path, { x, y, ux, uy, vx, vy }, slip) {
  const corner = (u, v) => [x + u * ux + v * vx, y + u * uy + v * vy];
  if (!slip) {
    path.moveTo(...corner(0, 0));
    [[1, 0], [1, 1], [0, 1]].forEach(([u, v]) => path.lineTo(...corner(u, v)));
    path.closePath();
    return;
  }
  const [u, v] = [slip[0] < 0 ? 1 : 0, slip[1] < 0 ? 1 : 0];
  path.moveTo(...corner(1 - u, v));
  path.lineTo(...corner(u, v));
  path.lineTo(...corner(u, 1 - v));
}

function shapeOfCell({ x, y, ux, uy, vx, vy }, column, row, width, height) {
  return {
    x: x + (column / width) * ux + (row / height) * vx,
    y: y + (column / width) * uy + (row / height) * vy,
    ux: ux / width, uy: uy / width, vx: vx / height, vy: vy / height,
  };
}

/** The frame of canvas.js around a parallelogram. */
function frameShape(context, plane) {
  const path = new Path2D();
  traceEdges(path, plane, null);
  for (const [width, colour] of [[4, "rgba(0, 0, 0, 0.55)"], [2, BRIGHT]]) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke(path);
  }
}
