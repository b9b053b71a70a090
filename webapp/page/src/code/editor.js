// The editor that is written in: CodeMirror with provenance marks and a language that can change.
import { Compartment, EditorState, Prec } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  dropCursor,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  placeholder,
} from "@codemirror/view";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { search, searchKeymap } from "@codemirror/search";
import { h } from "../dom.js";
import { marks, provenance, sourceAt, toMark } from "./marks.js";
import { support } from "./languages.js";
import { look } from "./theme.js";

/** @typedef {import("./marks.js").SourceMark} SourceMark */
/**
 * @typedef {object} EditorListeners
 * @property {(update: import("@codemirror/view").ViewUpdate) => unknown} [change]
 * @property {(mark: SourceMark | null) => void} [point] the mark under the pointer or the cursor changed
 * @property {(mark: SourceMark, focus: boolean) => void} [pick] a mark was clicked, or chosen by a key (focus)
 */
/** @typedef {ReturnType<typeof createEditor>} Editor */

/** How to leave the editor by keyboard; shown beside it while it has the focus. */
export const tabHint = () => h("span.tab-hint", h("kbd", "Esc"), " then ", h("kbd", "Tab"), " leaves the editor");

/** Whether a change is undone together with the one before, as all that a generation wrote is. */
const joined = (/** @type {import("@codemirror/state").Transaction} */ tr, /** @type {boolean} */ adjacent) =>
  adjacent && (tr.isUserEvent("input.generate") || tr.isUserEvent("input.type") || tr.isUserEvent("delete"));

/**
 * @param {object} options
 * @param {HTMLElement} options.parent
 * @param {string} [options.text]
 * @param {string | null} [options.language]
 * @param {string} [options.nonce] of the content security policy
 * @param {string} options.label for screen readers
 * @param {string} [options.hint] shown while there is no text
 * @param {number} [options.firstLine]
 * @param {import("@codemirror/view").KeyBinding[]} [options.keys] that go before all others
 * @param {EditorListeners} [options.on]
 * @param {import("@codemirror/state").Extension[]} [options.extensions]
 */
export function createEditor({
  parent,
  text = "",
  language = null,
  nonce,
  label,
  hint = "",
  firstLine = 1,
  keys = [],
  on = {},
  extensions = [],
}) {
  const mode = new Compartment();
  /** @type {SourceMark | null} */
  let pointed = null;
  /** @param {SourceMark | null} mark */
  const point = (mark) => {
    if (mark?.run === pointed?.run && mark?.source === pointed?.source) return;
    pointed = mark;
    on.point?.(mark);
  };
  /** The mark below the pointer. @param {MouseEvent} event @param {EditorView} editor */
  const markBelow = ({ clientX: x, clientY: y, target }, editor) => {
    const pos = editor.posAtCoords({ x, y });
    const marked = target instanceof Element && target.closest(".cm-mark");
    return pos === null || !marked ? null : sourceAt(editor.state, pos);
  };
  /** @type {import("@codemirror/view").Command} */
  const toSource = (editor) => {
    const mark = sourceAt(editor.state, editor.state.selection.main.head);
    if (mark) on.pick?.(mark, true);
    return Boolean(mark);
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(
          keymap.of([
            ...keys,
            { key: "F8", run: toMark(1) },
            { key: "Shift-F8", run: toMark(-1) },
            { key: "Alt-Enter", run: toSource },
          ]),
        ),
        lineNumbers({ formatNumber: (number) => String(number + firstLine - 1) }),
        marks,
        history({ joinToEvent: joined }),
        drawSelection(),
        dropCursor(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        search({ top: true }),
        EditorState.tabSize.of(4),
        indentUnit.of("    "),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, indentWithTab]),
        mode.of([]),
        placeholder(hint),
        EditorView.contentAttributes.of({
          "aria-label": label,
          spellcheck: "false",
          autocapitalize: "off",
          autocorrect: "off",
        }),
        EditorView.domEventHandlers({
          mousemove: (event, editor) => point(markBelow(event, editor)),
          mouseleave: () => point(null),
          click: (event, editor) => {
            const mark = markBelow(event, editor);
            if (mark) on.pick?.(mark, false);
          },
        }),
        EditorView.updateListener.of((update) => {
          on.change?.(update);
          if (update.selectionSet && !update.docChanged)
            point(sourceAt(update.state, update.state.selection.main.head));
        }),
        look,
        matchMedia("(max-width: 720px)").matches ? EditorView.lineWrapping : [],
        nonce ? EditorView.cspNonce.of(nonce) : [],
        extensions,
      ],
    }),
  });
  /** @type {string | null | undefined} */
  let wanted;
  /** @param {string | null} id */
  const setLanguage = async (id) => {
    if (id === wanted) return;
    wanted = id;
    const extension = await support(id);
    if (wanted === id) view.dispatch({ effects: mode.reconfigure(extension) });
  };
  setLanguage(language);
  return {
    view,
    setLanguage,
    text: () => view.state.doc.toString(),
    runs: () => view.state.field(provenance).runs,
    /** @param {string} value @param {{ select?: "start" | "end" }} [options] */
    setText: (value, { select = "end" } = {}) => {
      const insert = view.state.toText(value);
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert },
        selection: { anchor: select === "end" ? insert.length : 0 },
        scrollIntoView: true,
        userEvent: "input.replace",
      });
    },
    destroy: () => view.destroy(),
  };
}
