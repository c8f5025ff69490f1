/*
 * The race's pictures: the surface with the paths, their heights, and the keys to both. Set between
 * descent_draw.js, which draws their parts, and descent.js, whose class knows where everyone is.
 */

const APART = 7; // pixels between two steps that are marked one by one

class RacePictures extends Component {
  draw() {
    this.drawMap();
    this.drawCurve();
    this.drawKeys();
    this.write();
  }

  colour(path) {
    const at = this.paths.indexOf(path);
    return this.colours.paths[at % this.colours.paths.length];
  }

  drawMap() {
    const context = clean(this.find("map"));
    const side = context.canvas.width;
    const ratio = window.devicePixelRatio || 1;
    const { left, right, bottom, top } = this.data.surface;
    if (this.ground?.width !== side) {
      const size = Math.round(Math.sqrt(this.levels.length));
      this.ground = paintGround(this.levels, size, side, this.low, this.high);
    }
    context.drawImage(this.ground, 0, 0);
    const place = (x, y) => [((x - left) / (right - left)) * side, ((top - y) / (top - bottom)) * side];
    const { text, back } = this.colours;
    for (const { x, y } of this.data.minima) drawCross(context, ...place(x, y), text, back, ratio, { slanted: true });
    if (!this.waiting) this.shown().forEach((path) => this.drawPath(context, path, place, ratio));
    drawCross(context, ...place(this.start.x, this.start.y), text, back, ratio, { ring: true });
    if (!this.waiting) this.shown().forEach((path) => this.drawHead(context, path, place, ratio));
  }

  /** Where a path is now, between two steps unless motion is unwanted. */
  head(path) {
    const last = path.values.length - 1;
    const at = Math.min(this.still ? Math.floor(this.at) : this.at, last);
    const step = Math.min(Math.floor(at), Math.max(last - 1, 0));
    const share = at - step;
    const [x, y, nextX, nextY] = path.points.subarray(2 * step, 2 * step + 4);
    return last ? [x + share * (nextX - x), y + share * (nextY - y)] : [x, y];
  }

  drawPath(context, path, place, ratio) {
    const steps = Math.min(Math.floor(this.at), path.values.length - 1);
    const way = [];
    for (let step = 0; step <= steps; step++) way.push(place(...path.points.subarray(2 * step, 2 * step + 2)));
    context.fillStyle = this.colour(path);
    drawLine(context, [...way, place(...this.head(path))], path.look, this.colour(path), this.colours.back, ratio);
    for (const [at, [x, y]] of way.entries()) {
      if (!at || Math.hypot(x - way[at - 1][0], y - way[at - 1][1]) < APART * ratio) continue;
      context.beginPath();
      context.arc(x, y, 2.4 * ratio, 0, 2 * Math.PI);
      context.fill();
    }
  }

  drawHead(context, path, place, ratio) {
    const side = context.canvas.width;
    const edge = 9 * ratio;
    const [x, y] = place(...this.head(path));
    const [inX, inY] = [x, y].map((value) => Math.min(Math.max(value, edge), side - edge));
    const colour = this.colour(path);
    if (this.note(path).gone) drawCross(context, inX, inY, colour, this.colours.back, 1.3 * ratio, { slanted: true });
    else drawMarker(context, inX, inY, path.look.marker, colour, this.colours.back, 6 * ratio);
  }

  drawCurve() {
    const context = clean(this.find("curve"));
    const ratio = window.devicePixelRatio || 1;
    const { lowest } = this.data.surface;
    const most = this.paths.reduce((top, path) => Math.max(top, ...path.values.map((value) => value - lowest)), LEAST * 100);
    const ceiling = 10 ** Math.min(Math.max(Math.ceil(Math.log10(most) / 2) * 2, 0), 6);
    const { x, y } = drawAxes(context, this.data.steps, ceiling, this.colours, ratio);
    for (const path of this.shown()) {
      const steps = Math.min(Math.floor(this.at), path.values.length - 1);
      const way = Array.from(path.values.subarray(0, steps + 1), (value, step) => [x(step), y(value - lowest)]);
      drawLine(context, way, path.look, this.colour(path), undefined, ratio);
      drawMarker(context, ...way.at(-1), path.look.marker, this.colour(path), this.colours.back, 4.5 * ratio);
    }
  }

  drawKeys() {
    const ratio = window.devicePixelRatio || 1;
    for (const path of this.paths) {
      const context = clean(this.find("board").querySelector(`[data-name="${path.name}"] canvas`));
      const { width, height } = context.canvas;
      drawLine(context, [[ratio, height / 2], [width - ratio, height / 2]], path.look, this.colour(path), undefined, ratio);
      drawMarker(context, width / 2, height / 2, path.look.marker, this.colour(path), this.colours.back, 4.5 * ratio);
    }
    const context = clean(this.find("ramp"));
    const { width, height } = context.canvas;
    for (let band = 0; band < BANDS; band++) {
      context.fillStyle = `rgb(${mix(this.low, this.high, band / (BANDS - 1)).join()})`;
      context.fillRect((band * width) / BANDS, 0, width / BANDS + 1, height);
    }
  }
}
