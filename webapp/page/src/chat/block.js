// A block of code in a message: read-only, with marks, and what can be done with it.
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { h } from "../dom.js";
import { button } from "../components/button.js";
import { copyButton } from "../components/copy.js";
import { createEditor } from "../code/editor.js";
import { activate, mark, openRun, spansOfSource, write } from "../code/marks.js";
import { canonical, languageLabel } from "../code/languages.js";

export class CodeBlock {
  /** key: of the message's answer; on: {point(source), pick(source), edit(text, language)}. */
  constructor({ key, info, fallback, nonce, firstLine, on }) {
    this.key = key;
    this.language = canonical(info) ?? fallback;
    const body = h("div.block-code");
    this.editor = createEditor({
      parent: body,
      language: this.language,
      nonce,
      firstLine, // as in the whole answer: reasons and cards name its lines
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
      null,
      h(
        "figcaption",
        null,
        h("span", null, languageLabel(this.language)),
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

  /** The block's text so far: only ever longer. */
  grow(text) {
    if (text.length <= this.length) return;
    write(this.editor.view, this.key, text.slice(this.length));
    this.length = text.length;
  }

  /** spans of the whole message; `from`: where the block begins in it. */
  mark(spans, from) {
    const inside = spans
      .map((span) => ({ ...span, from: Math.max(span.from - from, 0), to: Math.min(span.to - from, this.length) }))
      .filter(({ from: start, to }) => to > start);
    mark(this.editor.view, this.key, inside);
  }

  activate(source) {
    activate(this.editor.view, this.key, source);
  }

  /** Brings a source's first span into sight; whether it has one. */
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
