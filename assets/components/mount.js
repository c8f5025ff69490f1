/*
 * The life of a component, in front of every component's script (pages/support/components.py).
 *
 * A component is a class below `Component` that has `show(data, trigger, setState)`. Its script's
 * default export is
 *
 *   mount(".scrub", (root) => new Scrub(root))
 *
 * with the selector of the outermost element of its markup. `show` is called whenever there is new
 * data or another theme: `trigger(name, value)` and `setState(name, value)` tell Python, and are
 * the ones to use from then on. `destroy` is called once, when the element is gone from the page;
 * what waits to be sent then is dropped.
 *
 * Streamlit ends a call that a newer one has overtaken, before or after the newer one, and the same
 * elements live on. So a call's end means something only if the element is gone.
 */

const mount = (selector, make) => {
  const mounted = new WeakMap();
  return ({ data, parentElement, setTriggerValue, setStateValue }) => {
    const root = parentElement.querySelector(selector);
    if (!mounted.has(root)) mounted.set(root, make(root));
    mounted.get(root).show(data, setTriggerValue, setStateValue);
    return () => {
      if (root.isConnected) return;
      mounted.get(root)?.destroy();
      mounted.delete(root);
    };
  };
};

/** What components have in common: parts with names, a size that is watched, words that are said. */
class Component {
  constructor(root) {
    this.root = root;
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  /** The element with that `data-part`. */
  find(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  /** Have `act` called with the component's width whenever its size changes, and for the first time
      before the browser draws it, once there is data to show. To ask the browser for a width
      instead, between two changes of the page, has it lay out the whole page once more. */
  watchSize(act) {
    this.resizing = new ResizeObserver(([{ contentRect }]) => this.data && act(contentRect.width));
    this.resizing.observe(this.root);
  }

  /** Draw in the next frame, however many events come before it. */
  drawSoon() {
    this.drawing ||= requestAnimationFrame(() => {
      this.drawing = 0;
      this.draw();
    });
  }

  /** Words for a screen reader, said once they have rested a while, and not when the page opens. */
  say(words, after = 250) {
    if (words === this.said) return;
    const isFirst = this.said === undefined;
    this.said = words;
    clearTimeout(this.saying);
    if (isFirst) return;
    this.saying = setTimeout(() => (this.find("spoken").textContent = words), after);
  }

  /** Stop all that goes on. A class with more of it ends that too. */
  destroy() {
    this.data = null;
    this.resizing?.disconnect();
    cancelAnimationFrame(this.drawing);
    clearTimeout(this.saying);
  }
}
