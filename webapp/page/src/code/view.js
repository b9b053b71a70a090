// Code that is read: a CodeMirror that cannot be edited, with lines highlighted.
import { Compartment, EditorState, RangeSet } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, gutter, GutterMarker, keymap, lineNumbers } from "@codemirror/view";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { support } from "./languages.js";
import { look } from "./theme.js";
import { h } from "../dom.js";
import { KINDS } from "../attribution/vocabulary.js";

class KindMarker extends GutterMarker {
  constructor(kind) {
    super();
    this.kind = kind;
  }
  eq(other) {
    return other.kind === this.kind;
  }
  toDOM() {
    const { letter, name } = KINDS[this.kind] ?? { letter: "›", name: "Highlighted" };
    return h("span.cm-kind", { class: `kind-${this.kind}`, title: name }, letter);
  }
}

/** Highlights ({start, end, kind?}, lines of the file) that lie in the text shown. */
function decorations(doc, first, highlights) {
  const lines = [];
  const letters = [];
  for (const { start, end, kind = "plain" } of highlights) {
    for (let number = Math.max(start, first); number <= Math.min(end, first + doc.lines - 1); number += 1) {
      const { from } = doc.line(number - first + 1);
      lines.push(Decoration.line({ class: `cm-lit kind-${kind}` }).range(from));
      letters.push(new KindMarker(kind).range(from));
    }
  }
  return [RangeSet.of(lines, true), RangeSet.of(letters, true)];
}

/**
 * text: the lines shown; from: the number of the first. `onLine(number)` is called when a line
 * number is clicked. Gives {dom, view, scrollTo(line), highlight(highlights), destroy()}.
 */
export function codeView({ text, language, from = 1, highlights = [], nonce, onLine, label = "Source code" }) {
  const mode = new Compartment();
  const lit = new Compartment();
  const extensions = (doc, ranges) => {
    const [lines, letters] = decorations(doc, from, ranges);
    return [EditorView.decorations.of(lines), gutter({ class: "cm-kinds", markers: () => letters })];
  };
  const initial = EditorState.create({ doc: text });
  const view = new EditorView({
    state: EditorState.create({
      doc: initial.doc,
      extensions: [
        lineNumbers({
          formatNumber: (number) => String(number + from - 1),
          domEventHandlers: {
            click: (editor, block) => {
              onLine?.(editor.state.doc.lineAt(block.from).number + from - 1);
              return Boolean(onLine);
            },
          },
        }),
        lit.of(extensions(initial.doc, highlights)),
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({
          "aria-label": label,
          "aria-readonly": "true",
          role: "textbox",
          "aria-multiline": "true",
          tabindex: "0",
        }),
        drawSelection(),
        highlightSelectionMatches(),
        search({ top: true }),
        keymap.of(searchKeymap),
        mode.of([]),
        look,
        nonce ? EditorView.cspNonce.of(nonce) : [],
      ],
    }),
  });
  view.dom.classList.add("cm-read");
  support(language).then(
    (extension) => view.dom.isConnected !== null && view.dispatch({ effects: mode.reconfigure(extension) }),
  );
  const scrollTo = (number) => {
    const at = Math.min(Math.max(number - from + 1, 1), view.state.doc.lines);
    view.dispatch({ effects: EditorView.scrollIntoView(view.state.doc.line(at).from, { y: "center" }) });
  };
  return {
    dom: view.dom,
    view,
    scrollTo,
    highlight: (ranges) => view.dispatch({ effects: lit.reconfigure(extensions(view.state.doc, ranges)) }),
    destroy: () => view.destroy(),
  };
}
