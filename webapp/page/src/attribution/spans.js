// From an answer to spans of the text: what is marked where, and which mark is shown where
// several lie over each other.
import { KIND_ORDER } from "./vocabulary.js";
import { byteMap } from "./offsets.js";

const STRENGTH = new Map([...KIND_ORDER, "common"].map((kind, at) => [kind, at]));

/** [{from, to, kind, source}] in positions of `text`; source is null for common code. */
export function spansOf(attribution, text) {
  const position = byteMap(text);
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
  for (const span of attribution?.common ?? []) {
    spans.push({ from: position(span.start), to: position(span.end), kind: "common", source: null });
  }
  return spans.filter(({ from, to }) => to > from).sort((a, b) => a.from - b.from || a.to - b.to);
}

/** Whether a is to be shown where both are: the stronger kind, then the better source. */
export function stronger(a, b) {
  const by = STRENGTH.get(a.kind) - STRENGTH.get(b.kind);
  return by === 0 ? (a.source ?? 0) <= (b.source ?? 0) : by < 0;
}

/** Disjoint pieces in order, each of the strongest span that covers it. */
export function flattened(spans) {
  const edges = [...new Set(spans.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const byStart = [...spans].sort((a, b) => a.from - b.from);
  const pieces = [];
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

/** Share of `length` that each kind is shown on: {verbatim, renamed, edited, similar, common}. */
export function shares(pieces, length) {
  const sums = Object.fromEntries([...STRENGTH.keys()].map((kind) => [kind, 0]));
  for (const { from, to, kind } of pieces) sums[kind] += to - from;
  for (const kind of Object.keys(sums)) sums[kind] = length ? sums[kind] / length : 0;
  return sums;
}
