/*
 * Filters of one layer: for each, where it fires in the image, that part cut out, and the patches
 * of the data set that fire it most.
 *
 * data.title: what the filters are, for a screen reader
 * data.image: {url, width, height, scale, alt}: the image, and screen pixels to one of its pixels
 * data.filters: {name, text, boxes, here, patches} in the order they are shown
 *   boxes: {top, left, height, width} in the image's pixels, the strongest place first
 *   here, patches: {url, width, height, scale, alt, caption}
 */

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector('[data-part="filters"]');
  list.setAttribute("aria-label", data.title);
  list.replaceChildren(...data.filters.map((filter) => makeFilter(filter, data.image)));
}

function makeFilter(filter, image) {
  const item = make("li", "filter");
  const name = make("p", "name");
  const strong = make("b");
  strong.textContent = filter.name;
  name.append(strong, ` ${filter.text}`);
  const pictures = make("div", "pictures");
  const here = make("div", "here");
  here.append(makeImage(image, filter.boxes), makePatch(filter.here));
  const patches = make("div", "patches");
  patches.append(...filter.patches.map(makePatch));
  pictures.append(here, patches);
  item.append(name, pictures);
  return item;
}

function makeImage(image, boxes) {
  const figure = make("figure");
  const frame = make("div", "frame");
  frame.style.width = `${image.width * image.scale}px`;
  frame.append(makePicture(image), ...boxes.map((box, at) => makeBox(box, image.scale, at)));
  figure.append(frame);
  return figure;
}

function makeBox(box, scale, at) {
  const element = make("div", at ? "box other" : "box");
  for (const side of ["top", "left", "width", "height"]) {
    element.style[side] = `${box[side] * scale}px`;
  }
  return element;
}

function makePatch(patch) {
  const figure = make("figure", "patch");
  const caption = make("figcaption");
  caption.textContent = patch.caption;
  figure.append(makePicture(patch), caption);
  return figure;
}

function makePicture({ url, width, height, scale, alt }) {
  const picture = make("img");
  Object.assign(picture, { src: url, alt, title: alt });
  picture.style.width = `${width * scale}px`;
  picture.style.height = `${height * scale}px`;
  return picture;
}

function make(tag, className = "") {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}
