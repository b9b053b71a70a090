// The occurrence that stands for a source, and its lines in words.
import { percent, plural } from "../format.js";

/** "line 3", "lines 3–9" @param {{ start_line: number, end_line: number }} lines */
export function linesInWords({ start_line: first, end_line: last }) {
  return first === last ? `line ${first}` : `lines ${first}–${last}`;
}

/**
 * Where a licence was read: "license file LICENSE, lines 1–21".
 * @param {Pick<Api.License, "evidence" | "file" | "lines">} license
 */
export function readFrom({ evidence, file, lines }) {
  const where = [evidence, file].filter(Boolean).join(" ");
  return lines ? `${where}, ${linesInWords(lines)}` : where;
}

/** Years and name, and the file that names an author. @param {NonNullable<Api.Occurrence["holders"]>[number]} holder */
export function holderInWords({ years, name, file }) {
  return `${years} ${name}${file ? ` (named in ${file})` : ""}`.trim();
}

/** The probable origin of a source, else its first occurrence. @param {Api.Source} source */
export function citedOccurrence({ occurrences, origin }) {
  return occurrences[origin?.occurrence ?? 0] ?? occurrences[0] ?? null;
}

/** Lines of the best match at the cited occurrence. @param {Api.Source} source */
export function citedLines(source) {
  return citedOccurrence(source)?.lines ?? source.matches[0]?.source ?? null;
}

/** The name of a source for people: repository and path, else its SWHID. @param {Api.Source} source */
export function sourceName(source) {
  const cited = citedOccurrence(source);
  return cited ? `${cited.repository} · ${cited.path}` : source.document;
}

/** What the licence of the cited occurrence asks for. @param {Api.Source} source */
export const owedInWords = ({ owed = [] }) => `Owed: ${owed.join("; ")}`;

/** "152 tokens, 3% of all": matched tokens of the text, each counted once. @param {Api.Source} source */
export const amountInWords = ({ tokens = 0, containment }) =>
  `${plural(tokens, "token")}, ${percent(containment)} of all`;
