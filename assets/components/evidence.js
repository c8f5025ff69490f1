/*
 * A score as the sum that made it: one bar a feature, to the right for, to the left against. A
 * feature is a button: pressed, it is struck out.
 *
 * data.title: what the sum is, for a screen reader
 * data.for, data.against: what bars to the right and to the left speak for
 * data.limit: the share whose bar fills half of the track; a longer one is cut off
 * data.pictures: whether rows have room for a picture
 * data.rows: {kind, name, detail, share, text, struck, number, pictures} from top to bottom
 *   kind: "exhibit", "others", "bias" or "total"; an exhibit's share is what it is when admitted
 *   pictures: {url, width, height, scale, alt}, as many as there are; the first is the best
 *
 * Sends the trigger `strike`, the number of the feature that was struck out or admitted again.
 */

export default function ({ data, parentElement, setTriggerValue }) {
  const find = (name) => parentElement.querySelector(`[data-part="${name}"]`);
  const list = find("rows");
  list.setAttribute("aria-label", data.title);
  list.classList.toggle("plain", !data.pictures);
  find("for").textContent = data.for;
  find("against").textContent = data.against;
  // Rows are kept, so that the focus stays on a feature that was just struck out.
  while (list.children.length > data.rows.length) list.lastElementChild.remove();
  data.rows.forEach((row, at) => {
    const tag = row.kind === "exhibit" ? "BUTTON" : "DIV";
    let item = list.children[at];
    if (!item) list.append((item = document.createElement("li")));
    if (item.firstElementChild?.tagName !== tag) item.replaceChildren(makeRow(tag));
    fillRow(item.firstElementChild, row, data.limit);
    if (tag === "BUTTON") item.firstElementChild.onclick = () => setTriggerValue("strike", row.number);
  });
}

function makeRow(tag) {
  const row = document.createElement(tag);
  if (tag === "BUTTON") row.type = "button";
  row.innerHTML = `<span class="thumb"></span>
    <span class="words"><span class="name"></span><span class="detail"></span></span>
    <span class="track"><span class="fill"></span></span><span class="number"></span>`;
  return row;
}

function fillRow(row, { kind, name, detail, share, text, struck, pictures }, limit) {
  const find = (part) => row.querySelector(`.${part}`);
  row.className = `row ${kind}${struck ? " struck" : ""}`;
  find("name").textContent = name;
  find("detail").textContent = detail;
  find("number").textContent = text;
  const fill = find("fill");
  const cut = Math.abs(share) > limit * 1.000001 ? " cut" : "";
  fill.className = `fill ${share < 0 ? "down" : "up"}${cut}`;
  fill.style.width = `${Math.min(50, (50 * Math.abs(share)) / limit)}%`;
  fill.hidden = find("track").hidden = kind === "total";
  showPictures(find("thumb"), pictures);
  if (kind !== "exhibit") return;
  row.setAttribute("aria-pressed", struck);
  row.setAttribute("aria-label", `Strike out ${name}: ${detail} is ${text}`);
}

function showPictures(place, pictures) {
  while (place.children.length > pictures.length) place.lastElementChild.remove();
  pictures.forEach(({ url, width, height, scale, alt }, at) => {
    const image = place.children[at] ?? place.appendChild(document.createElement("img"));
    if (image.src !== url) image.src = url;
    Object.assign(image, { alt, title: alt });
    image.style.width = `${width * scale}px`;
    image.style.height = `${height * scale}px`;
  });
}
