/*
 * What is measured in a page as it stands: `window.survey`, put there by tests/browser/survey.py.
 * Every question is answered with the faults found, each in words; components' shadow roots are
 * looked into as well.
 */
window.survey = (() => {
  const GENERIC = /^(an? |the )?(image|img|picture|photo|canvas|plot|chart|figure|graph|map|component|drawing|untitled)s?[ .\d]*$/i;
  const QUIET_MS = 150; // an animation would have had nine frames
  const MAIN = "[data-testid=stMain]";
  const CHART = "[data-testid=stPlotlyChart]";
  const WHOLES = `${CHART}, [data-testid^=stBidiComponent]`;
  const PICTURES = `img, canvas, svg[role=img], ${WHOLES}`;

  function* below(root) {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.shadowRoot) yield* below(element.shadowRoot);
    }
  }
  const ours = () => [...below(document.querySelector(MAIN))];
  const hasRoom = (element) => element.getBoundingClientRect().height > 0;
  const parent = (element) => element.assignedSlot ?? element.parentElement ?? element.getRootNode().host;
  function* upwards(element) {
    for (let at = element; at; at = parent(at)) yield at;
  }
  const shown = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const said = (text) => (text ?? "").replace(/\s+/g, " ").trim();
  const label = (element) => {
    const ids = element.getAttribute("aria-labelledby")?.split(/\s+/) ?? [];
    const labelled = ids.map((id) => element.getRootNode().getElementById(id)?.textContent).join(" ");
    const caption = element.matches("figure") && element.querySelector(":scope > figcaption")?.textContent;
    return said(labelled || element.getAttribute("aria-label") || element.getAttribute("alt") || caption || "");
  };
  const words = (element) => {
    const name = element.tagName.toLowerCase();
    const part = element.dataset.part ?? element.dataset.testid ?? element.className.baseVal ?? element.className;
    return `<${name} ${part}> ${said(element.textContent).slice(0, 60)}`;
  };

  const isUnsaid = (name) => name.length < 4 || GENERIC.test(name);

  /** Pictures and components without a name for those who cannot see them: each one's own, or that
      of what it is part of inside the same component. */
  function nameless() {
    return ours()
      .filter((element) => element.matches(PICTURES) && shown(element) && hasRoom(element))
      .filter((element) => !element.closest("[aria-hidden=true]"))
      .map((element) => [element, element.matches(WHOLES) ? nameInside(element) : nameOf(element)])
      .filter(([, name]) => isUnsaid(name))
      .map(([element, name]) => `named "${name}": ${words(element)}`);
  }
  function nameOf(picture) {
    for (const at of upwards(picture)) {
      const isText = at.matches("button, a, label");
      const name = label(at) || (isText ? said(at.textContent) : "");
      if (name && (at === picture || isText || at.matches("figure, [role], input"))) return name;
      if (at.matches(`[data-testid=stElementContainer], ${MAIN}`)) break;
    }
    return "";
  }
  function nameInside(whole) {
    const parts = [whole, ...below(whole), ...(whole.shadowRoot ? below(whole.shadowRoot) : [])];
    const name = parts.map(label).find((one) => !isUnsaid(one));
    if (name || whole.matches(CHART)) return name ?? "";
    const leaves = parts.filter((part) => !part.children.length && !part.matches("style, script"));
    return said(leaves.map((leaf) => leaf.textContent).join(" "));
  }

  /** Whether only readers get it: how visually hidden elements are hidden. */
  const isClipped = (element) => {
    const { clip, clipPath } = getComputedStyle(element);
    return clip !== "auto" || clipPath !== "none";
  };

  /** Whether the page must be moved sideways, and what sticks out of the screen without a way to it. */
  function wide() {
    const main = document.querySelector(MAIN);
    const found = main.scrollWidth > main.clientWidth ? [`wider than the screen by ${main.scrollWidth - main.clientWidth}`] : [];
    for (const element of ours()) {
      if (!shown(element) || !said(element.textContent) && !element.matches("canvas, img, input, button")) continue;
      const box = element.getBoundingClientRect();
      if (box.right <= innerWidth + 1 && box.left >= -1 || box.width < 2) continue;
      if ([...upwards(element)].some((at) => /auto|scroll/.test(getComputedStyle(at).overflowX) && !at.matches(MAIN))) continue;
      if ([...upwards(element)].some(isClipped) || element.closest(".katex-mathml")) continue;
      found.push(`sticks out (${Math.round(box.left)} to ${Math.round(box.right)}): ${words(element)}`);
    }
    return found;
  }

  /** What a finger cannot move the page from, with no room beside it. */
  function traps() {
    const holds = (element) =>
      /^(none|pan-x|pinch-zoom)$/.test(getComputedStyle(element).touchAction) ||
      (element.matches(".js-plotly-plot") && element._fullLayout?.dragmode !== false);
    return ours()
      .filter((element) => shown(element) && holds(element))
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.height > 60 && innerWidth - box.width < 32)
      .map(({ element, box }) => `holds a finger, ${Math.round(box.width)} of ${innerWidth} wide: ${words(element)}`);
  }

  /** The lines of text that can be seen, each with where it is: {words, left, right, top, bottom}. */
  function lines() {
    const found = [];
    const visit = (root) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.shadowRoot) visit(node.shadowRoot);
        if (node.nodeType !== Node.TEXT_NODE || !said(node.data)) continue;
        const element = node.parentElement;
        if (!element || !shown(element) || element.matches("style, script, title, desc, option")) continue;
        if (element.closest(".katex, svg, [data-testid=stIconMaterial]")) continue;
        if ([...upwards(element)].some((at) => isClipped(at) || getComputedStyle(at).opacity === "0")) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) {
          if (box.width < 2 || box.height < 2) continue;
          found.push({ element, words: said(node.data).slice(0, 60), box });
        }
      }
    };
    visit(document.querySelector(MAIN));
    return found;
  }

  /** Text that its own box cuts off, or that lies on other text. */
  function unreadable() {
    const found = new Set();
    const all = lines();
    for (const { element, words: text, box } of all) {
      for (const at of upwards(element)) {
        if (at.matches(MAIN)) break;
        const style = getComputedStyle(at);
        const edge = at.getBoundingClientRect();
        const cutsX = /hidden|clip/.test(style.overflowX) && (box.right > edge.right + 2 || box.left < edge.left - 2);
        const cutsY = /hidden|clip/.test(style.overflowY) && (box.bottom > edge.bottom + 4 || box.top < edge.top - 4);
        if ((cutsX || cutsY) && edge.width > 2) { found.add(`cut off: "${text}" by ${words(at)}`); break; }
        if (/auto|scroll/.test(style.overflowX + style.overflowY)) break;
      }
    }
    const byTop = all.toSorted((a, b) => a.box.top - b.box.top);
    byTop.forEach((one, index) => {
      for (let next = index + 1; next < byTop.length && byTop[next].box.top < one.box.bottom; next++) {
        const other = byTop[next];
        if (one.element === other.element || one.element.contains(other.element) || other.element.contains(one.element)) continue;
        const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (across > 2 && down > 0.35 * Math.min(one.box.height, other.box.height))
          found.add(`on each other: "${one.words}" and "${other.words}"`);
      }
    });
    return [...found];
  }

  /** Lines, points and bars of one figure that nothing but their colour tells apart. */
  function colourAlone() {
    return ours()
      .filter((element) => element.matches(".js-plotly-plot") && element._fullData)
      .flatMap(({ _fullData }) => {
        const named = _fullData.filter(({ visible, showlegend, name }) => visible === true && showlegend !== false && name);
        const looks = named.map(({ type, xaxis, mode = "", line, marker, text, fill }) => JSON.stringify([
          type, xaxis, mode, fill,
          mode.includes("lines") && [line?.dash, line?.width],
          mode.includes("markers") && marker?.symbol,
          marker?.pattern?.shape, mode.includes("text") && text,
        ]));
        return named.flatMap((one, at) =>
          named.slice(0, at).filter((other, before) => looks[before] === looks[at] && other.name !== one.name)
            .map((other) => `only their colours differ: "${one.name}" and "${other.name}"`));
      })
      .concat(...ours().filter((element) => element.matches(".chart ul")).map(alikeInLegend));
  }
  /** The entries of a chart's own legend whose samples differ in nothing but colour. */
  function alikeInLegend(list) {
    const entries = [...list.children].map((item) => {
      const sample = item.querySelector("svg").cloneNode(true);
      sample.querySelector("defs")?.remove();
      const look = sample.innerHTML.replace(/(fill|stroke)="(#|rgb|url)[^"]*"/g, '$1="$2"');
      return { name: said(item.textContent), look };
    });
    return entries.flatMap(({ name, look }, at) =>
      entries.slice(0, at).filter((other) => other.look === look)
        .map((other) => `only their colours differ: "${name}" and "${other.name}"`));
  }

  /** What moves by itself within `patience` milliseconds: animations, changed elements, frames. */
  async function moving(patience) {
    const roots = [document, ...ours().map((element) => element.shadowRoot).filter(Boolean)];
    const changed = new Set();
    const note = (records) => records.forEach(({ target }) => changed.add(words(target.parentElement ?? target)));
    const observer = new MutationObserver(note);
    const kinds = { subtree: true, childList: true, characterData: true, attributes: true };
    observer.observe(document.querySelector(MAIN), kinds);
    roots.slice(1).forEach((root) => observer.observe(root, kinds));
    const undo = [count(window, "requestAnimationFrame", "frames"), ...PAINTS.map((name) => count(CanvasRenderingContext2D.prototype, name, "paints"))];
    await new Promise((resolve) => setTimeout(resolve, patience));
    observer.disconnect();
    undo.forEach((back) => back());
    const running = roots
      .flatMap((root) => root.getAnimations())
      .filter((animation) => animation.playState === "running")
      .map((animation) => `${animation.animationName ?? animation.transitionProperty}: ${words(animation.effect.target)}`);
    const counted = Object.entries(counts).filter(([, times]) => times > 0).map(([what, times]) => `${times} ${what} in ${patience} ms`);
    return [...running, ...counted, ...[...changed].map((what) => `changed: ${what}`)];
  }
  const PAINTS = ["putImageData", "drawImage", "fillRect", "clearRect"];
  let counts = {};
  function count(owner, name, what) {
    const original = owner[name];
    counts[what] = 0;
    owner[name] = function (...given) {
      counts[what] += 1;
      return original.apply(this, given);
    };
    return () => (owner[name] = original);
  }

  /** What axe finds by these options: {rule, where, html}, `where` being a part of Streamlit's page. */
  async function rules(options) {
    const { violations } = await axe.run(document, { ...options, resultTypes: ["violations"], elementRef: true });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ element, html }) => ({ rule: id, where: partOf(element), html }))
    );
  }
  const PARTS = ["stSidebar", "stHeader", "stMain"];
  function partOf(element) {
    const ids = [...upwards(element)].map((at) => at.dataset?.testid);
    return PARTS.find((part) => ids.includes(part)) ?? "page";
  }

  /** The faults that a question still has when all has had `patience` milliseconds to settle. */
  async function lasting(question, patience) {
    const until = performance.now() + patience;
    while (true) {
      const found = await questions[question]();
      if (!found.length || performance.now() > until) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const questions = { nameless, colourAlone, wide, traps, unreadable, moving: () => moving(QUIET_MS) };

  return { lasting, rules };
})();
