// Code that is read: a CodeMirror that cannot be edited, with lines highlighted.
import {
  highlightSelectionMatches,
  openSearchPanel,
  SearchQuery,
  search,
  searchKeymap,
  setSearchQuery,
} from "@codemirror/search";
import { Compartment, EditorState, RangeSet } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, GutterMarker, gutter, keymap, lineNumbers } from "@codemirror/view";
import { h } from "../dom.js";
import { support } from "./languages.js";
import { look } from "./theme.js";

/** @typedef {{ start: number, end: number }} LineSpan lines of the file, both included */

class HighlightMarker extends GutterMarker {
  /** @override */
  eq() {
    return true;
  }
  /** @override */
  toDOM() {
    return h("span.cm-kind.kind-plain", { title: "Highlighted" }, "›");
  }
}
const MARKER = new HighlightMarker();

/**
 * Highlights the lines that are in the text shown.
 * @param {import("@codemirror/state").Text} doc
 * @param {number} first number of its first line
 * @param {LineSpan | null} lines
 */
function highlighted(doc, first, lines) {
  const starts = [];
  const last = Math.min(lines?.end ?? 0, first + doc.lines - 1);
  for (let number = Math.max(lines?.start ?? first, first); number <= last; number += 1) {
    starts.push(doc.line(number - first + 1).from);
  }
  const decorations = starts.map((from) => Decoration.line({ class: "cm-lit kind-plain" }).range(from));
  const letters = RangeSet.of(starts.map((from) => MARKER.range(from)));
  return [EditorView.decorations.of(RangeSet.of(decorations)), gutter({ class: "cm-kinds", markers: () => letters })];
}

/**
 * @param {object} options
 * @param {string} options.text the lines shown
 * @param {string | null} options.language
 * @param {number} options.from number of the first line
 * @param {LineSpan | null} options.lines highlighted at first
 * @param {string} [options.nonce] of the content security policy
 * @param {(number: number) => void} options.onLine is called when a line number is clicked
 * @param {string} options.label for screen readers
 */
export function codeView({ text, language, from, lines, nonce, onLine, label }) {
  const mode = new Compartment();
  const lit = new Compartment();
  const initial = EditorState.create({ doc: text });
  const view = new EditorView({
    state: EditorState.create({
      doc: initial.doc,
      extensions: [
        lineNumbers({
          formatNumber: (number) => String(number + from - 1),
          domEventHandlers: {
            click: (editor, block) => {
              onLine(editor.state.doc.lineAt(block.from).number + from - 1);
              return true;
            },
          },
        }),
        lit.of(highlighted(initial.doc, from, lines)),
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
  support(language).then((extension) => view.dispatch({ effects: mode.reconfigure(extension) }));
  /** Brings a line into sight. @param {number} number */
  const scrollTo = (number) => {
    const at = Math.min(Math.max(number - from + 1, 1), view.state.doc.lines);
    view.dispatch({ effects: EditorView.scrollIntoView(view.state.doc.line(at).from, { y: "center" }) });
  };
  return {
    dom: view.dom,
    view,
    scrollTo,
    /** @param {LineSpan | null} next */
    highlight: (next) => view.dispatch({ effects: lit.reconfigure(highlighted(view.state.doc, from, next)) }),
    /** Marks all matches, with the panel that leads from one to the next. @param {RegExp} pattern */
    find(pattern) {
      openSearchPanel(view);
      const query = new SearchQuery({ search: pattern.source, regexp: true });
      view.dispatch({ effects: setSearchQuery.of(query) });
    },
    destroy: () => view.destroy(),
  };
}
