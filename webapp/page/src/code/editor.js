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
import { marks, provenance, sourceAt, toMark } from "./marks.js";
import { support } from "./languages.js";
import { look } from "./theme.js";

/** What one generation wrote is undone at once. */
const joined = (tr, adjacent) =>
  adjacent && (tr.isUserEvent("input.generate") || tr.isUserEvent("input.type") || tr.isUserEvent("delete"));

/**
 * keys: bindings that go before all others. on.change(update), on.point(found, update): the source
 * under the pointer or the cursor changed to {run, source} or null; on.pick({run, source}, focus):
 * a mark was clicked, or its source was asked for by the keyboard (focus).
 */
export function createEditor({
  parent,
  text = "",
  language,
  nonce,
  label,
  hint = "",
  firstLine = 1,
  keys = [],
  on = {},
  extensions = [],
}) {
  const mode = new Compartment();
  const hints = new Compartment();
  let pointed = null;
  const point = (found) => {
    if (found?.run === pointed?.run && found?.source === pointed?.source) return;
    pointed = found;
    on.point?.(found);
  };
  const under = (event, view) => {
    const pos = view.posAtCoords({ x: event.clientX, y: event.clientY });
    return pos === null || !event.target.closest?.(".cm-mark") ? null : sourceAt(view.state, pos);
  };
  const toSource = (editor) => {
    const found = sourceAt(editor.state, editor.state.selection.main.head);
    if (found) on.pick?.(found, true);
    return Boolean(found);
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
        hints.of(placeholder(hint)),
        EditorView.contentAttributes.of({
          "aria-label": label,
          spellcheck: "false",
          autocapitalize: "off",
          autocorrect: "off",
        }),
        EditorView.domEventHandlers({
          mousemove: (event, editor) => point(under(event, editor)),
          mouseleave: () => point(null),
          click: (event, editor) => {
            const found = under(event, editor);
            if (found) on.pick?.(found, false);
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
  let wanted = null;
  const setLanguage = async (id) => {
    wanted = id;
    const extension = await support(id);
    if (wanted === id) view.dispatch({ effects: mode.reconfigure(extension) });
  };
  setLanguage(language);
  return {
    view,
    setLanguage,
    setHint: (words) => view.dispatch({ effects: hints.reconfigure(placeholder(words)) }),
    text: () => view.state.doc.toString(),
    runs: () => view.state.field(provenance).runs,
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
