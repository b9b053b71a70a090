// Provenance in the editor: which text was written by a model, and which of it stands elsewhere.
// A run is one text that was judged (generated or checked). Its marks move with the text when it
// is edited; an edit inside makes the run stale, since its answer is about the text before.
import {
  Annotation,
  EditorState,
  RangeSet,
  RangeSetBuilder,
  RangeValue,
  StateEffect,
  StateField,
} from "@codemirror/state";
import { Decoration, EditorView, gutter, GutterMarker } from "@codemirror/view";
import { h } from "../dom.js";
import { flattened, stronger } from "../attribution/spans.js";
import { KINDS } from "../attribution/vocabulary.js";

/** Marks a transaction as the model's writing into the run of this id. */
export const writing = Annotation.define();

const NEAR = 120; // pixels from the foot within which the pane follows what is written

const addRun = StateEffect.define(); // {id, from, to, generated}
const dropRuns = StateEffect.define(); // ids, or null for all
const setSpans = StateEffect.define(); // {id, spans: absolute, open}
const setActive = StateEffect.define(); // {id, source} or null
const endRun = StateEffect.define(); // id: no more is written into it

class Span extends RangeValue {
  constructor(run, kind, source) {
    super();
    this.run = run;
    this.kind = kind;
    this.source = source;
    this.startSide = 1; // what is typed at either end does not belong to it
    this.endSide = -1;
  }
  eq(other) {
    return other.run === this.run && other.kind === this.kind && other.source === this.source;
  }
}

class Letter extends GutterMarker {
  constructor(kind) {
    super();
    this.kind = kind;
  }
  eq(other) {
    return other.kind === this.kind;
  }
  toDOM() {
    const common = this.kind === "common";
    const { letter, name } = common ? { letter: "c", name: "Common code" } : KINDS[this.kind];
    return h("span.cm-kind", { class: `kind-${this.kind}`, title: name }, letter);
  }
}
const LETTERS = Object.fromEntries([...Object.keys(KINDS), "common"].map((kind) => [kind, new Letter(kind)]));

const GENERATED = Decoration.mark({ class: "cm-generated" });
const GENERATED_LINE = Decoration.line({ class: "cm-generated-line" });
const GENERATED_WHOLE = Decoration.line({ class: "cm-generated-line cm-generated-whole" });
const ACTIVE = Decoration.mark({ class: "cm-active-span" });
const markOf = new Map();

function markDecoration(run, kind, source) {
  const key = `${run}/${kind}/${source}`;
  if (!markOf.has(key)) {
    const attributes = source === null ? {} : { "data-run": String(run), "data-source": String(source) };
    markOf.set(key, Decoration.mark({ class: kind === "common" ? "cm-common" : `cm-mark kind-${kind}`, attributes }));
  }
  return markOf.get(key);
}

const EMPTY = {
  runs: [],
  spans: RangeSet.empty,
  active: null,
  pieces: [],
  shown: Decoration.none,
  letters: RangeSet.empty,
};

function listOf(spans, length) {
  const list = [];
  spans.between(0, length, (from, to, { run, kind, source }) => {
    if (to > from) list.push({ from, to, run, kind, source });
  });
  return list;
}

/** The range without the white space at its ends: lines under indentation only make noise. */
function trimmed(line, from, to) {
  const text = line.text.slice(from - line.from, to - line.from);
  return [from + text.length - text.trimStart().length, from + text.trimEnd().length];
}

/** What is drawn for runs and spans. */
function drawn({ runs, spans, active }, doc) {
  const list = listOf(spans, doc.length);
  const pieces = runs.flatMap(({ id }) =>
    flattened(list.filter(({ run }) => run === id)).map((piece) => ({ ...piece, run: id })),
  );
  pieces.sort((a, b) => a.from - b.from);
  const ranges = [];
  const lineKinds = new Map();
  for (const { from, to, generated } of runs) {
    if (!generated || to <= from) continue;
    for (let pos = from; pos <= to; ) {
      const line = doc.lineAt(pos);
      const [start, end] = [Math.max(from, line.from), Math.min(to, line.to)];
      // the line that a run only ends in front of is not its own
      if (line.from < to || line.from === from) {
        const whole = start === line.from && end === line.to;
        ranges.push((whole ? GENERATED_WHOLE : GENERATED_LINE).range(line.from));
        if (!whole && end > start) ranges.push(GENERATED.range(start, end));
      }
      pos = line.to + 1;
    }
  }
  for (const piece of pieces) {
    const { from, to, run, kind, source } = piece;
    for (let pos = from; pos < to; ) {
      const line = doc.lineAt(pos);
      const [start, end] = trimmed(line, Math.max(from, line.from), Math.min(to, line.to));
      if (end > start) ranges.push(markDecoration(run, kind, source).range(start, end));
      const other = lineKinds.get(line.from);
      if (end > start && (!other || stronger(piece, other))) lineKinds.set(line.from, piece);
      pos = line.to + 1;
    }
  }
  if (active) {
    for (const { from, to, run, source } of list) {
      if (run !== active.id || source !== active.source) continue;
      for (let pos = from; pos < to; ) {
        const line = doc.lineAt(pos);
        const [start, end] = trimmed(line, Math.max(from, line.from), Math.min(to, line.to));
        if (end > start) ranges.push(ACTIVE.range(start, end));
        pos = line.to + 1;
      }
    }
  }
  const letters = new RangeSetBuilder();
  for (const from of [...lineKinds.keys()].sort((a, b) => a - b))
    letters.add(from, from, LETTERS[lineKinds.get(from).kind]);
  return { pieces, shown: RangeSet.of(ranges, true), letters: letters.finish() };
}

/** The runs after a change of the text; those whose text is gone are dropped. */
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
        runs = [...runs, { stale: false, open: false, ...effect.value }].sort((a, b) => a.from - b.from);
      } else if (effect.is(dropRuns)) {
        runs = effect.value === null ? [] : runs.filter(({ id }) => !effect.value.includes(id));
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
    return { runs, spans, active, ...drawn({ runs, spans, active }, tr.newDoc) };
  },
  provide: (field) => EditorView.decorations.from(field, ({ shown }) => shown),
});

/** Nobody but the model writes into a run while it is open: its offsets have to hold. */
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

export const runOf = (state, id) => state.field(provenance).runs.find((run) => run.id === id) ?? null;

export function openRun(view, id, pos) {
  view.dispatch({ effects: addRun.of({ id, from: pos, to: pos, generated: true, open: true }) });
}

/** A run over text that is there already. */
export function coverRun(view, id, from, to, generated = false) {
  view.dispatch({ effects: addRun.of({ id, from, to, generated, open: false }) });
}

export const closeRun = (view, id) => view.dispatch({ effects: endRun.of(id) });
export const clearRuns = (view, ids = null) => view.dispatch({ effects: dropRuns.of(ids) });
export const activate = (view, id, source) =>
  view.dispatch({ effects: setActive.of(source === null ? null : { id, source }) });

/** Appends to an open run; the user's selection stays where it is unless it stood at the end. */
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

/** Shows an answer's spans, given in positions from the start of the run's text. */
export function mark(view, id, spans, changes = null) {
  const run = runOf(view.state, id);
  if (!run) return;
  const at = (offset, side) => (changes ? changes.mapPos(offset, side) : run.from + offset);
  const placed = spans
    .map((span) => ({ ...span, from: Math.min(at(span.from, 1), run.to), to: Math.min(at(span.to, -1), run.to) }))
    .filter(({ from, to }) => to > from);
  view.dispatch({ effects: setSpans.of({ id, spans: placed }) });
}

/** Where the spans of a source are now. */
export function spansOfSource(state, id, source) {
  return listOf(state.field(provenance).spans, state.doc.length).filter(
    (span) => span.run === id && span.source === source,
  );
}

/** The best source at a position: {run, source} or null. */
export function sourceAt(state, pos) {
  const piece = state
    .field(provenance)
    .pieces.find(({ from, to, source }) => source !== null && from <= pos && pos <= to);
  return piece ? { run: piece.run, source: piece.source } : null;
}

/** Moves the selection to the next marked span (direction 1) or the one before (-1). */
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
