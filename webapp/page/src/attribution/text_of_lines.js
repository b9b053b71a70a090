// Lines as people write them: "line 3", "lines 3–9".

export function linesInWords({ start_line: first, end_line: last }) {
  return first === last ? `line ${first}` : `lines ${first}–${last}`;
}

/** The place that is cited: the probable origin, else the first. */
export function citedPlace(source) {
  return source.occurrences[source.origin?.occurrence ?? 0] ?? source.occurrences[0] ?? null;
}

/** Lines of the best match at the cited place. */
export function citedLines(source) {
  const place = citedPlace(source);
  return place?.lines ?? source.matches[0]?.source ?? null;
}
