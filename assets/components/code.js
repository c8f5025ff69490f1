/*
 * A few lines of Python, to read and to copy.
 *
 * data.code: the lines
 *
 * Streamlit's own element loads 1.6 MB to colour any language; comments, words of the language and
 * texts are told apart here by one expression.
 */

const PIECES = new RegExp(
  "(?<comment>#.*)|(?<text>\"[^\"\\n]*\"|'[^'\\n]*')|"
  + "\\b(?<word>and|as|class|def|else|for|from|if|import|in|is|not|or|return|self|super|with|None|True|False)\\b",
  "g",
);
const COPY = "M16 1H4a2 2 0 0 0-2 2v14h2V3h12V1zm3 4H8a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2V7a2 2 0 0 0-2-2zm0 16H8V7h11v14z";
const DONE = "M9 16.2 4.8 12l-1.4 1.4L9 19 21 7l-1.4-1.4z";
const SHOWN_MS = 1500; // the sign that it is done

export default mount(".code", (root) => new Code(root));

class Code extends Component {
  constructor(root) {
    super(root);
    this.said = ""; // what is copied first is said too
    this.find("sign").setAttribute("d", COPY);
    this.find("copy").onclick = () => this.copy();
  }

  show(data) {
    if (this.data?.code === data.code) return;
    this.data = data;
    this.find("code").replaceChildren(...pieces(data.code));
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.data.code);
    } catch {
      // Without a secure address there is no clipboard: then the lines are selected, to be copied.
      getSelection().selectAllChildren(this.find("code"));
      this.said = "";
      this.say("The code is selected. Copy it with your keyboard.", 0);
      return;
    }
    this.find("sign").setAttribute("d", DONE);
    this.said = "";
    this.say("Copied.", 0);
    clearTimeout(this.turning);
    this.turning = setTimeout(() => this.find("sign").setAttribute("d", COPY), SHOWN_MS);
  }

  destroy() {
    super.destroy();
    clearTimeout(this.turning);
  }
}

/** The lines, with what is of a kind in an element of that class. */
function pieces(code) {
  const found = [];
  let done = 0;
  for (const match of code.matchAll(PIECES)) {
    const [kind] = Object.entries(match.groups).find(([, words]) => words !== undefined);
    const span = Object.assign(document.createElement("span"), { className: kind, textContent: match[0] });
    found.push(code.slice(done, match.index), span);
    done = match.index + match[0].length;
  }
  return [...found, code.slice(done)];
}
