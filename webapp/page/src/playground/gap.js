// The gap that infill fills: the selection or the cursor, marked in the text.
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType } from "@codemirror/view";
import { h } from "../dom.js";

/** @type {import("@codemirror/state").StateEffectType<boolean>} */
const setShown = StateEffect.define();

class GapWidget extends WidgetType {
  eq() {
    return true;
  }
  toDOM() {
    return h("span.cm-fill-here", { role: "img", "aria-label": "The gap to fill" }, "fill here");
  }
  ignoreEvent() {
    return false;
  }
}

const WIDGET = Decoration.widget({ widget: new GapWidget(), side: 1 });
const REPLACED = Decoration.mark({ class: "cm-gap-text" });

const field = StateField.define({
  /** @returns {{ shown: boolean, deco: import("@codemirror/view").DecorationSet }} */
  create: () => ({ shown: false, deco: Decoration.none }),
  update(value, tr) {
    let { shown } = value;
    for (const effect of tr.effects) if (effect.is(setShown)) shown = effect.value;
    if (!shown) return value.shown ? { shown, deco: Decoration.none } : value;
    if (value.shown && !tr.docChanged && !tr.selection) return value;
    const { from, to, empty } = tr.state.selection.main;
    return { shown, deco: Decoration.set(empty ? [WIDGET.range(from)] : [REPLACED.range(from, to), WIDGET.range(to)]) };
  },
  provide: (self) => EditorView.decorations.from(self, ({ deco }) => deco),
});

export const gap = field;
/** @param {EditorView} view @param {boolean} shown */
export const showGap = (view, shown) => view.dispatch({ effects: setShown.of(shown) });
