/*
 * Gives a name for screen readers to what somebody else's component draws, which has none.
 *
 * data.within: a selector of that component
 * data.picture: a selector of the canvas inside it that is to have the name; the others are hidden
 * data.name: the name
 */

const PATIENCE_MS = 10_000; // the other component's script may arrive later than this one

export default ({ data }) => {
  const until = performance.now() + PATIENCE_MS;
  const watching = new MutationObserver(() => name());
  let waiting = 0;
  const name = () => {
    const hosts = document.querySelectorAll(`${data.within}, ${data.within} *`);
    const roots = [...hosts].map((host) => host.shadowRoot ?? host);
    const root = roots.find((one) => one.querySelector(data.picture));
    if (!root) {
      if (performance.now() < until) waiting = setTimeout(name, 50);
      return;
    }
    for (const canvas of root.querySelectorAll("canvas")) {
      if (!canvas.matches(data.picture)) canvas.setAttribute("aria-hidden", "true");
      else if (canvas.getAttribute("aria-label") !== data.name) {
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", data.name);
      }
    }
    watching.observe(root, { childList: true, subtree: true });
  };
  name();
  return () => {
    clearTimeout(waiting);
    watching.disconnect();
  };
};
