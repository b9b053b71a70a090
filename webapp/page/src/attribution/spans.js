// From an answer to spans of the text: what is marked where, and which mark is shown where several
// overlap.
import { KIND_ORDER } from "./vocabulary.js";
import { byteMap } from "./offsets.js";

/** @typedef {import("./vocabulary.js").Kind | "common"} MarkKind */
/** @typedef {{ from: number, to: number, kind: MarkKind, source: number | null }} TextSpan positions; source is null for common code, and for a source that is not listed */

/** @type {Map<MarkKind, number>} */
const STRENGTH = new Map([...KIND_ORDER, /** @type {const} */ ("common")].map((kind, at) => [kind, at]));

/** The spans of an answer in positions of its text. @param {Api.Attribution | null} attribution @param {string} text */
export function spansOf(attribution, text) {
  const position = byteMap(text);
  /** @type {TextSpan[]} */
  const spans = [];
  (attribution?.sources ?? []).forEach((source, index) => {
    for (const match of source.matches) {
      spans.push({
        from: position(match.snippet.start),
        to: position(match.snippet.end),
        kind: match.kind,
        source: index,
      });
    }
  });
  if ((attribution?.sources_total ?? 0) > (attribution?.sources.length ?? 0)) {
    for (const { kind, start, end } of attribution?.coverage ?? []) {
      // of sources that are not listed; where a listed one is as strong, it is shown
      const of = /** @type {MarkKind} */ (kind);
      spans.push({ from: position(start), to: position(end), kind: of, source: null });
    }
  }
  for (const span of attribution?.common ?? []) {
    spans.push({ from: position(span.start), to: position(span.end), kind: "common", source: null });
  }
  return spans.filter(({ from, to }) => to > from).sort((a, b) => a.from - b.from || a.to - b.to);
}

/**
 * Whether the first of two overlapping spans is shown: the stronger kind, then the better source.
 * @param {Pick<TextSpan, "kind" | "source">} a @param {Pick<TextSpan, "kind" | "source">} b
 */
export function stronger(a, b) {
  const by = (STRENGTH.get(a.kind) ?? 0) - (STRENGTH.get(b.kind) ?? 0);
  return by === 0 ? (a.source ?? Infinity) <= (b.source ?? Infinity) : by < 0;
}

/** Disjoint pieces in order, each of the strongest span that covers it. @param {TextSpan[]} spans */
export function flattened(spans) {
  const edges = [...new Set(spans.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const byStart = [...spans].sort((a, b) => a.from - b.from);
  /** @type {TextSpan[]} */
  const pieces = [];
  /** @type {TextSpan[]} */
  let open = [];
  let next = 0;
  for (let at = 0; at + 1 < edges.length; at += 1) {
    const [from, to] = [edges[at], edges[at + 1]];
    open = open.filter((span) => span.to > from);
    for (; next < byStart.length && byStart[next].from <= from; next += 1) open.push(byStart[next]);
    if (!open.length) continue;
    const { kind, source } = open.reduce((best, span) => (stronger(best, span) ? best : span));
    const last = pieces.at(-1);
    if (last && last.to === from && last.kind === kind && last.source === source) last.to = to;
    else pieces.push({ from, to, kind, source });
  }
  return pieces;
}

/**
 * The share of the snippet's tokens that counts under each kind, strongest first; kinds without any
 * are left out.
 * @param {Api.Attribution} attribution
 * @returns {[MarkKind, number][]}
 */
export function tokenShares({ coverage = [], snippet }) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { kind, tokens } of coverage) sums.set(kind, (sums.get(kind) ?? 0) + tokens);
  return [...STRENGTH.keys()]
    .map((kind) => /** @type {[MarkKind, number]} */ ([kind, (sums.get(kind) ?? 0) / Math.max(snippet.tokens, 1)]))
    .filter(([, share]) => share > 0);
}
