// A block of code in a message: read-only, with marks, and what can be done with it.
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { h } from "../dom.js";
import { button } from "../components/button.js";
import { copyButton } from "../components/copy.js";
import { createEditor } from "../code/editor.js";
import { activate, mark, openRun, spansOfSource, write } from "../code/marks.js";
import { canonical, languageLabel } from "../code/languages.js";

/** @typedef {import("../attribution/spans.js").TextSpan} TextSpan */
/**
 * @typedef {object} BlockListeners
 * @property {(source: number | null) => void} point
 * @property {(source: number, focus?: boolean) => void} pick
 * @property {(text: string, language: string) => void} edit
 */

export class CodeBlock {
  /**
   * @param {object} options
   * @param {import("../code/marks.js").RunId} options.key of the marks
   * @param {string} options.info of the fence: the language
   * @param {string} options.fallback the language when the fence names none
   * @param {string} [options.nonce]
   * @param {number} options.firstLine number of the block's first line in the answer
   * @param {BlockListeners} options.on
   */
  constructor({ key, info, fallback, nonce, firstLine, on }) {
    this.key = key;
    this.language = canonical(info) ?? fallback;
    const body = h("div.block-code");
    this.editor = createEditor({
      parent: body,
      language: this.language,
      nonce,
      firstLine, // as in the whole answer, which reasons and cards are about
      label: `Generated ${languageLabel(this.language)} code`,
      extensions: [
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({
          tabindex: "0",
          role: "textbox",
          "aria-readonly": "true",
          "aria-multiline": "true",
        }),
      ],
      on: {
        point: (found) => on.point(found?.source ?? null),
        pick: ({ source }, focus) => on.pick(source, focus),
      },
    });
    openRun(this.editor.view, key, 0);
    this.node = h(
      "figure.block",
      h(
        "figcaption",
        h("span", languageLabel(this.language)),
        button("Edit in playground", {
          small: true,
          kind: "quiet",
          icon: "spark",
          on: () => on.edit(this.editor.text(), this.language),
        }),
        copyButton(() => this.editor.text()),
      ),
      body,
    );
    this.length = 0;
  }

  /** Appends what is new of the block's text. @param {string} text the text so far */
  grow(text) {
    if (text.length <= this.length) return;
    write(this.editor.view, this.key, text.slice(this.length));
    this.length = text.length;
  }

  /** @param {TextSpan[]} spans of the whole message @param {number} from position of the block in it */
  mark(spans, from) {
    const inside = spans
      .map((span) => ({ ...span, from: Math.max(span.from - from, 0), to: Math.min(span.to - from, this.length) }))
      .filter(({ from: start, to }) => to > start);
    mark(this.editor.view, this.key, inside);
  }

  /** @param {number | null} source */
  activate(source) {
    activate(this.editor.view, this.key, source);
  }

  /** Brings a source's first span into sight; whether it has one. @param {number} source */
  reveal(source) {
    const { view } = this.editor;
    const [span] = spansOfSource(view.state, this.key, source);
    if (!span) return false;
    view.dispatch({ selection: { anchor: span.from }, effects: EditorView.scrollIntoView(span.from, { y: "center" }) });
    this.node.scrollIntoView({ block: "nearest", behavior: "smooth" });
    view.focus();
    return true;
  }

  destroy() {
    this.editor.destroy();
  }
}
