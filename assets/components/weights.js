/*
 * A square of numbers to change: type in one, and press Enter or leave it. Arrow keys up and down lead
 * to the next row's, those left and right to the next column's from a number's ends.
 *
 * data.title: what the numbers are
 * data.rows: rows of numbers, as texts
 *
 * data.refused: why what was sent last is not taken, or ""; then the numbers are as before
 *
 * Sends the trigger `weights`, all numbers as text: "," between them, ";" between rows.
 */

export default mount(".weights", (root) => new Weights(root));

class Weights extends Component {
  constructor(root) {
    super(root);
    const grid = this.find("grid");
    grid.onchange = (event) => this.take(event.target);
    grid.onkeydown = (event) => this.press(event);
  }

  show(data, trigger) {
    this.trigger = trigger;
    const rows = JSON.stringify([data.rows, data.refused]);
    const grid = this.find("grid");
    grid.setAttribute("aria-label", data.title);
    if (rows === this.rows) return;
    this.rows = rows;
    this.size = data.rows.length;
    grid.style.setProperty("--columns", this.size);
    grid.style.setProperty("--letters", Math.max(...data.rows.flat().map((text) => text.length)));
    const fields = data.rows.flatMap((row, down) => row.map((text, across) => makeField(text, down, across)));
    const held = [...grid.children].indexOf(this.root.getRootNode().activeElement);
    grid.replaceChildren(...fields);
    fields[held]?.focus();
  }

  /** Send all numbers once the one that was changed is a number. */
  take(field) {
    const isNumber = field.value.trim() !== "" && Number.isFinite(numberOf(field));
    field.setAttribute("aria-invalid", !isNumber);
    if (!isNumber) {
      this.say("This is no number, such as -1 or 0.25.", 0);
      return;
    }
    const numbers = [...this.find("grid").children].map(numberOf);
    if (!numbers.every(Number.isFinite)) return;
    const rows = Array.from({ length: this.size }, (_, at) => numbers.slice(at * this.size, (at + 1) * this.size));
    this.trigger("weights", rows.map((row) => row.join(",")).join(";"));
  }

  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const fields = [...this.find("grid").children];
    const at = fields.indexOf(event.target);
    const { selectionStart, selectionEnd, value } = event.target;
    const column = at % this.size;
    const steps = {
      ArrowUp: -this.size,
      ArrowDown: this.size,
      ArrowLeft: selectionEnd === 0 && column > 0 ? -1 : 0,
      ArrowRight: selectionStart === value.length && column < this.size - 1 ? 1 : 0,
    };
    const step = steps[event.key];
    const next = fields[at + step];
    if (!step || !next) return;
    next.focus();
    next.select();
    event.preventDefault();
  }
}

/** A comma is a point, a true minus sign a hyphen. */
function numberOf(field) {
  return Number(field.value.trim().replace(",", ".").replace("−", "-"));
}

function makeField(text, down, across) {
  const field = document.createElement("input");
  Object.assign(field, { type: "text", value: text, autocomplete: "off", spellcheck: false });
  field.setAttribute("aria-label", `Row ${down + 1}, column ${across + 1}`);
  return field;
}
