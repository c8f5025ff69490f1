/*
 * What components that draw pictures pixel by pixel share; set in front of their own scripts.
 */

const BRIGHT = "#2DD4BF"; // the accent of the dark theme: it shows on pictures in either
const NAMES = ["Red", "Green", "Blue"];
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function follow(canvas, act) {
  canvas.onpointermove = act;
  canvas.onpointerdown = act;
}

/** Bytes from base64. */
function readBytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** Little-endian float32 from base64. */
function readFloats(text) {
  return new Float32Array(readBytes(text).buffer);
}

/** The cell that an arrow key leads to, kept inside a grid; null for other keys. */
function cellAfterArrow(event, { row, column }, { height, width }) {
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in ARROWS)) return null;
  const [down, across] = ARROWS[event.key];
  return { row: within(row + down, height), column: within(column + across, width) };
}

/** The nearest of a grid's rows, or columns, counted from 0. */
function within(at, count) {
  return Math.min(Math.max(at, 0), count - 1);
}

/** The same for a reader who may not point at any cell yet: then it leads to the middle. */
function firstOrNext(event, cell, { height, width }) {
  const next = cellAfterArrow(event, cell ?? { row: 0, column: 0 }, { height, width });
  const middle = { row: Math.floor(height / 2), column: Math.floor(width / 2) };
  return next && !cell ? middle : next;
}

/** A small canvas with one dot a pixel; `colour(pixel number, dots, place)` sets three bytes. */
function paint(width, height, colour) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const dots = context.createImageData(width, height);
  for (let at = 0; at < width * height; at++) {
    colour(at, dots.data, 4 * at);
    dots.data[4 * at + 3] = 255;
  }
  context.putImageData(dots, 0, 0);
  return canvas;
}

/** Size a canvas to the screen's own dots, and have it enlarge without smoothing. It is as wide as
    its style says, and as high, unless there is an aspect. */
function fit(canvas, aspect) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = Math.max(1, Math.round(aspect ? width / aspect : canvas.clientHeight * ratio));
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  return context;
}

/** A frame that shows on any colour: a bright line on a dark one. */
function frame(context, left, top, across, down, unit) {
  const ratio = window.devicePixelRatio || 1;
  const box = [left * unit, top * unit, across * unit, down * unit];
  context.lineWidth = 4 * ratio;
  context.strokeStyle = "rgba(0, 0, 0, 0.55)";
  context.strokeRect(...box);
  context.lineWidth = 2 * ratio;
  context.strokeStyle = BRIGHT;
  context.strokeRect(...box);
}

/** Give a canvas a size in screen pixels, in the screen's own dots. */
function sizeTo(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
}

/** A canvas of that kind, cleared; drawn on in screen pixels, and not smoothing what it enlarges. */
function cleared(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, canvas.width, canvas.height);
  return context;
}

/** The frame above on such a canvas, in screen pixels. */
function outline(context, left, top, across, down) {
  for (const [width, colour] of [[4, "rgba(0, 0, 0, 0.55)"], [2, BRIGHT]]) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.strokeRect(left, top, across, down);
  }
}

/** Black or white, whichever can be read on a colour. */
function inkOn(red, green, blue) {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 127 ? "#000" : "#fff";
}
