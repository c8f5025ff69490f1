/*
 * A few small pictures with their names, each pixel a sharp square.
 *
 * data.title: what they are, for a screen reader
 * data.patches: {url, width, height, scale, alt, caption}
 */

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector('[data-part="patches"]');
  list.setAttribute("aria-label", data.title);
  list.replaceChildren(...data.patches.map(makePatch));
}

function makePatch({ url, width, height, scale, alt, caption }) {
  const item = document.createElement("li");
  const figure = document.createElement("figure");
  const picture = document.createElement("img");
  Object.assign(picture, { src: url, alt, title: alt });
  picture.style.width = `${width * scale}px`;
  picture.style.height = `${height * scale}px`;
  const words = document.createElement("figcaption");
  words.textContent = caption;
  figure.append(picture, words);
  item.append(figure);
  return item;
}
