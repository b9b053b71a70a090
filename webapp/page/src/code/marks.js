// Provenance in the editor: which text a model wrote, and which of it matches indexed code. A run is
// one text that was checked. Its marks move with the text when it is edited; an edit inside makes the
// run stale, since its answer is about the text before.
import { Annotation, EditorState, RangeSet, RangeValue, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, gutter } from "@codemirror/view";
import { drawn, LETTERS } from "./mark_drawing.js";

/** @typedef {import("../attribution/spans.js").MarkKind} MarkKind */
/** @typedef {import("../attribution/spans.js").TextSpan} TextSpan */
/** @typedef {number | string} RunId */
/** @typedef {{ id: RunId, from: number, to: number, generated: boolean, open: boolean, stale: boolean }} Run `open`: the model writes into it */
/** @typedef {{ run: RunId, source: number }} SourceMark */
/** @typedef {TextSpan & { run: RunId }} RunSpan */
/** @typedef {{ id: RunId, source: number } | null} Active */
/**
 * @typedef {object} Provenance
 * @property {Run[]} runs
 * @property {RangeSet<Span>} spans
 * @property {Active} active the source whose marks stand out
 * @property {RunSpan[]} pieces what is drawn, without overlaps
 * @property {import("@codemirror/view").DecorationSet} shown
 * @property {RangeSet<import("./mark_drawing.js").Letter>} letters
 */

/** Marks a transaction as the model's writing into a run. @type {import("@codemirror/state").AnnotationType<RunId>} */
export const writing = Annotation.define();

const NEAR = 120; // pixels from the end of the pane within which it follows the model's writing

/** @template T @typedef {import("@codemirror/state").StateEffectType<T>} Effect */
/** @type {Effect<Omit<Run, "stale"> & { stale?: boolean }>} */
const addRun = StateEffect.define();
/** Ids, or null for all. @type {Effect<RunId[] | null>} */
const dropRuns = StateEffect.define();
/** @type {Effect<{ id: RunId, spans: TextSpan[] }>} */
const setSpans = StateEffect.define();
/** @type {Effect<Active>} */
const setActive = StateEffect.define();
/** The model writes no more into the run. @type {Effect<RunId>} */
const endRun = StateEffect.define();

class Span extends RangeValue {
  /** @param {RunId} run @param {MarkKind} kind @param {number | null} source */
  constructor(run, kind, source) {
    super();
    this.run = run;
    this.kind = kind;
    this.source = source;
    this.startSide = 1; // text typed at either end does not belong to it
    this.endSide = -1;
  }
  /** @override @param {Span} other */
  eq(other) {
    return other.run === this.run && other.kind === this.kind && other.source === this.source;
  }
}

/** @type {Provenance} */
const EMPTY = {
  runs: [],
  spans: RangeSet.empty,
  active: null,
  pieces: [],
  shown: Decoration.none,
  letters: RangeSet.empty,
};

/** The spans as a list. @param {RangeSet<Span>} spans @param {number} length of the text */
function listOf(spans, length) {
  /** @type {RunSpan[]} */
  const list = [];
  spans.between(0, length, (from, to, { run, kind, source }) => {
    if (to > from) list.push({ from, to, run, kind, source });
  });
  return list;
}

/**
 * The runs after a change of the text, without those whose text was deleted.
 * @param {Run[]} runs
 * @param {import("@codemirror/state").Transaction} tr
 */
function moved(runs, tr) {
  const by = tr.annotation(writing);
  return runs
    .map((run) => {
      const from = tr.changes.mapPos(run.from, 1);
      const written = by === run.id;
      const to = tr.changes.mapPos(run.to, written ? 1 : -1);
      let stale = run.stale;
      if (!written) {
        tr.changes.iterChangedRanges((start, end) => {
          if (end > run.from && start < run.to) stale = true;
        });
      }
      // text that is written moves the end, never the start
      return { ...run, from: written ? run.from : Math.min(from, to), to, stale };
    })
    .filter((run) => run.open || run.to > run.from);
}

export const provenance = StateField.define({
  create: () => EMPTY,
  update(value, tr) {
    let { runs, spans, active } = value;
    if (tr.docChanged) {
      runs = moved(runs, tr);
      spans = spans.map(tr.changes);
    }
    for (const effect of tr.effects) {
      if (effect.is(addRun)) {
        runs = [...runs, { stale: false, ...effect.value }].sort((a, b) => a.from - b.from);
      } else if (effect.is(dropRuns)) {
        runs = effect.value === null ? [] : runs.filter(({ id }) => !effect.value?.includes(id));
        active = null;
      } else if (effect.is(setSpans)) {
        const { id, spans: fresh } = effect.value;
        spans = spans.update({
          filter: (_from, _to, span) => span.run !== id,
          add: fresh.map(({ from, to, kind, source }) => new Span(id, kind, source).range(from, to)),
          sort: true,
        });
      } else if (effect.is(setActive)) {
        active = effect.value;
      } else if (effect.is(endRun)) {
        runs = runs
          .map((run) => (run.id === effect.value ? { ...run, open: false } : run))
          .filter((run) => run.to > run.from);
      }
    }
    if (runs === value.runs && spans === value.spans && active === value.active) return value;
    const ids = new Set(runs.map(({ id }) => id));
    if (value.runs.some(({ id }) => !ids.has(id))) {
      spans = spans.update({ filter: (_from, _to, span) => ids.has(span.run) });
    }
    return { runs, spans, active, ...drawn(tr.newDoc, { runs, list: listOf(spans, tr.newDoc.length), active }) };
  },
  provide: (field) => EditorView.decorations.from(field, ({ shown }) => shown),
});

// While a run is open only the model writes into it: the offsets of its answer must stay valid.
const guard = EditorState.changeFilter.of((tr) => {
  if (tr.annotation(writing) !== undefined) return true;
  const open = tr.startState.field(provenance).runs.filter((run) => run.open && run.to > run.from);
  return open.length ? open.flatMap(({ from, to }) => [from, to]) : true;
});

export const marks = [
  provenance,
  guard,
  gutter({
    class: "cm-kinds",
    markers: (view) => view.state.field(provenance).letters,
    initialSpacer: () => LETTERS.verbatim,
  }),
];

/** @param {EditorState} state @param {RunId | null} id */
export const runOf = (state, id) => state.field(provenance).runs.find((run) => run.id === id) ?? null;

/** @param {EditorView} view @param {RunId} id @param {number} pos */
export function openRun(view, id, pos) {
  view.dispatch({ effects: addRun.of({ id, from: pos, to: pos, generated: true, open: true }) });
}

/** A run over existing text. @param {EditorView} view @param {RunId} id @param {number} from @param {number} to */
export function coverRun(view, id, from, to, generated = false) {
  view.dispatch({ effects: addRun.of({ id, from, to, generated, open: false }) });
}

/** @typedef {Omit<Run, "open"> & { spans: TextSpan[] }} KeptRun spans from the start of the run */

/** The runs with their marks, for restoreRun. @param {EditorState} state @returns {KeptRun[]} */
export function keptRuns(state) {
  const { runs, spans } = state.field(provenance);
  const list = listOf(spans, state.doc.length);
  return runs.map(({ open: _open, ...run }) => ({
    ...run,
    spans: list
      .filter((span) => span.run === run.id)
      .map(({ from, to, kind, source }) => ({ from: from - run.from, to: to - run.from, kind, source })),
  }));
}

/** @param {EditorView} view @param {KeptRun} kept */
export function restoreRun(view, { spans, ...run }) {
  view.dispatch({ effects: addRun.of({ ...run, open: false }) });
  mark(view, run.id, spans);
}

/** @param {EditorView} view @param {RunId} id */
export const closeRun = (view, id) => view.dispatch({ effects: endRun.of(id) });
/** @param {EditorView} view @param {RunId[] | null} ids all when null */
export const clearRuns = (view, ids = null) => view.dispatch({ effects: dropRuns.of(ids) });
/** Makes the marks of a source stand out, or none. @param {EditorView} view @param {RunId | null} id @param {number | null} source */
export const activate = (view, id, source) =>
  view.dispatch({ effects: setActive.of(id === null || source === null ? null : { id, source }) });

/**
 * Appends to an open run; the selection stays where it is unless it was at the end.
 * @param {EditorView} view @param {RunId} id @param {string} text @param {{ follow?: boolean }} [options]
 */
export function write(view, id, text, { follow = false } = {}) {
  const run = runOf(view.state, id);
  if (!run || !text) return;
  const insert = view.state.toText(text);
  const { scrollDOM: pane } = view;
  const last = run.to === view.state.doc.length;
  const atFoot = pane.scrollHeight - pane.scrollTop - pane.clientHeight < NEAR;
  view.dispatch({
    changes: { from: run.to, insert },
    annotations: writing.of(id),
    userEvent: "input.generate",
    selection: follow ? { anchor: run.to + insert.length } : undefined,
    effects: follow && !last ? EditorView.scrollIntoView(run.to + insert.length, { y: "nearest" }) : [],
  });
  // down only: a long line must not push the code aside; and not when the reader has scrolled up
  if (follow && last && atFoot)
    view.requestMeasure({
      key: pane,
      read: () => pane.scrollHeight,
      write: (height) => {
        pane.scrollTop = height;
      },
    });
}

/**
 * Shows the spans of an answer.
 * @param {EditorView} view @param {RunId} id
 * @param {TextSpan[]} spans in positions from the start of the run's text
 */
export function mark(view, id, spans) {
  const run = runOf(view.state, id);
  if (!run) return;
  const placed = spans
    .map((span) => ({
      ...span,
      from: Math.min(run.from + span.from, run.to),
      to: Math.min(run.from + span.to, run.to),
    }))
    .filter(({ from, to }) => to > from);
  view.dispatch({ effects: setSpans.of({ id, spans: placed }) });
}

/** Where the spans of a source are now. @param {EditorState} state @param {RunId | null} id @param {number} source */
export function spansOfSource(state, id, source) {
  return listOf(state.field(provenance).spans, state.doc.length).filter(
    (span) => span.run === id && span.source === source,
  );
}

/** The best source at a position. @param {EditorState} state @param {number} pos @returns {SourceMark | null} */
export function sourceAt(state, pos) {
  const piece = state
    .field(provenance)
    .pieces.find(({ from, to, source }) => source !== null && from <= pos && pos <= to);
  return piece && piece.source !== null ? { run: piece.run, source: piece.source } : null;
}

/**
 * A command that moves the selection to the next marked span (1) or the one before (-1).
 * @param {1 | -1} direction
 * @returns {import("@codemirror/view").Command}
 */
export function toMark(direction) {
  return (view) => {
    const pieces = view.state.field(provenance).pieces.filter(({ source }) => source !== null);
    if (!pieces.length) return false;
    const { from } = view.state.selection.main;
    const ordered = direction > 0 ? pieces : [...pieces].reverse();
    const next = ordered.find((piece) => (direction > 0 ? piece.from > from : piece.from < from)) ?? ordered[0];
    view.dispatch({
      selection: { anchor: next.from },
      effects: EditorView.scrollIntoView(next.from, { y: "center" }),
      userEvent: "select.mark",
    });
    return true;
  };
}

/** Selects the first marked span of a source, and brings it into sight. @param {EditorView} view @param {RunId | null} id @param {number} source */
export function selectSource(view, id, source) {
  const [span] = spansOfSource(view.state, id, source);
  if (!span) return;
  const effects = EditorView.scrollIntoView(span.from, { y: "center" });
  view.dispatch({ selection: { anchor: span.from, head: span.to }, effects });
  view.focus();
}
