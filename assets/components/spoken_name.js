/*
 * Gives a name for screen readers to what somebody else's component draws, which has none.
 *
 * data.within: a selector of that component
 * data.part: a selector of the element inside it that is to have the name; canvases without it are
 *   hidden
 * data.name: the name
 * data.role: the role that it is to have as well, or "" where it has one
 */

const PATIENCE_MS = 10_000; // the other component's script may arrive later than this one

export default ({ data }) => {
  const until = performance.now() + PATIENCE_MS;
  const watching = new MutationObserver(() => name());
  let waiting = 0;
  const name = () => {
    const hosts = document.querySelectorAll(`${data.within}, ${data.within} *`);
    const roots = [...hosts].map((host) => host.shadowRoot ?? host);
    const root = roots.find((one) => one.querySelector(data.part));
    if (!root) {
      if (performance.now() < until) waiting = setTimeout(name, 50);
      return;
    }
    const part = root.querySelector(data.part);
    for (const canvas of root.querySelectorAll("canvas")) {
      if (!canvas.contains(part)) canvas.setAttribute("aria-hidden", "true");
    }
    if (data.role) part.setAttribute("role", data.role);
    part.setAttribute("aria-label", data.name);
    watching.observe(root, { childList: true, subtree: true });
  };
  name();
  return () => {
    clearTimeout(waiting);
    watching.disconnect();
  };
};
