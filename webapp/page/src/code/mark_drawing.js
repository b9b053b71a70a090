// How provenance is drawn in the editor: decorations of the text, and letters in the gutter.
import { RangeSet, RangeSetBuilder } from "@codemirror/state";
import { Decoration, GutterMarker } from "@codemirror/view";
import { flattened, stronger } from "../attribution/spans.js";
import { KINDS } from "../attribution/vocabulary.js";
import { h } from "../dom.js";

/** @typedef {import("../attribution/spans.js").MarkKind} MarkKind */
/** @typedef {import("./marks.js").Run} Run */
/** @typedef {import("./marks.js").RunSpan} RunSpan */
/** @typedef {import("@codemirror/state").Text} Text */

export class Letter extends GutterMarker {
  /** @param {MarkKind} kind */
  constructor(kind) {
    super();
    this.kind = kind;
  }
  /** @override @param {Letter} other */
  eq(other) {
    return other.kind === this.kind;
  }
  /** @override */
  toDOM() {
    const { letter, name } = this.kind === "common" ? { letter: "c", name: "Common code" } : KINDS[this.kind];
    return h("span.cm-kind", { class: `kind-${this.kind}`, title: name }, letter);
  }
}

export const LETTERS = /** @type {Record<MarkKind, Letter>} */ (
  Object.fromEntries(
    /** @type {MarkKind[]} */ ([...Object.keys(KINDS), "common"]).map((kind) => [kind, new Letter(kind)]),
  )
);

const GENERATED = Decoration.mark({ class: "cm-generated" });
const GENERATED_LINE = Decoration.line({ class: "cm-generated-line" });
const GENERATED_WHOLE = Decoration.line({ class: "cm-generated-line cm-generated-whole" });
const ACTIVE = Decoration.mark({ class: "cm-active-span" });
/** @type {Map<string, Decoration>} */
const decorations = new Map();

/** @param {RunSpan} span */
function markDecoration({ run, kind, source }) {
  const key = `${run}/${kind}/${source}`;
  let decoration = decorations.get(key);
  if (!decoration) {
    /** @type {Record<string, string>} */
    const attributes = source === null ? {} : { "data-run": String(run), "data-source": String(source) };
    decoration = Decoration.mark({ class: kind === "common" ? "cm-common" : `cm-mark kind-${kind}`, attributes });
    decorations.set(key, decoration);
  }
  return decoration;
}

/**
 * The range of a span in each of its lines, without the white space at its ends: underlined
 * indentation would only distract.
 * @param {Text} doc
 * @param {{ from: number, to: number }} span
 */
function* lineRanges(doc, span) {
  for (let pos = span.from; pos < span.to; ) {
    const line = doc.lineAt(pos);
    const [from, to] = trimmed(line, Math.max(span.from, line.from), Math.min(span.to, line.to));
    if (to > from) yield { line, from, to };
    pos = line.to + 1;
  }
}

/** @param {import("@codemirror/state").Line} line @param {number} from @param {number} to */
function trimmed(line, from, to) {
  const text = line.text.slice(from - line.from, to - line.from);
  return [from + text.length - text.trimStart().length, from + text.trimEnd().length];
}

/**
 * What is drawn for the runs and spans of a text.
 * @param {Text} doc
 * @param {{ runs: Run[], list: RunSpan[], active: import("./marks.js").Active }} value
 */
export function drawn(doc, { runs, list, active }) {
  const pieces = runs.flatMap(({ id }) =>
    flattened(list.filter(({ run }) => run === id)).map((piece) => ({ ...piece, run: id })),
  );
  pieces.sort((a, b) => a.from - b.from);
  /** @type {import("@codemirror/state").Range<Decoration>[]} */
  const ranges = [];
  /** @type {Map<number, RunSpan>} */
  const strongest = new Map(); // by the start of the line
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
    for (const { line, from, to } of lineRanges(doc, piece)) {
      ranges.push(markDecoration(piece).range(from, to));
      const other = strongest.get(line.from);
      if (!other || stronger(piece, other)) strongest.set(line.from, piece);
    }
  }
  for (const span of list) {
    if (span.run !== active?.id || span.source !== active.source) continue;
    for (const { from, to } of lineRanges(doc, span)) ranges.push(ACTIVE.range(from, to));
  }
  /** @type {RangeSetBuilder<Letter>} */
  const letters = new RangeSetBuilder();
  const starts = [...strongest].sort(([a], [b]) => a - b);
  for (const [from, { kind }] of starts) letters.add(from, from, LETTERS[kind]);
  return { pieces, shown: RangeSet.of(ranges, true), letters: letters.finish() };
}
