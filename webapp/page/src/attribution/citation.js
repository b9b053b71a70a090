// What is pasted elsewhere: a comment that credits a source, and the NOTICE text of several.
import { asComment } from "../code/languages.js";
import { KINDS } from "./vocabulary.js";
import { citedLines, citedPlace, linesInWords } from "./text_of_lines.js";

/** A comment in the snippet's language that says where its code is from. */
export function citationComment(source, language) {
  const place = citedPlace(source);
  if (!place) return asComment([`Source: ${source.document}`], language);
  const where = citedLines(source);
  const known = place.license.expression !== "NOASSERTION";
  const lines = [
    `${KINDS[source.kind].name} from ${place.repository}: ${place.path}${where ? `, ${linesInWords(where)}` : ""}`,
    place.revision && `Revision: ${place.revision}`,
    known ? `Licence: ${place.license.expression} (read from: ${place.license.evidence})` : "Licence: not known",
    place.license.conflict && `Conflict: ${place.license.conflict}`,
    place.url ?? place.swhid,
  ].filter(Boolean);
  // one line each, whatever the corpus holds
  return `${asComment(
    lines.map((line) => line.replace(/\s+/g, " ").trim()),
    language,
  )}\n`;
}

export const noticeOf = (sources) => sources.map(({ notice }) => notice.trimEnd()).join("\n\n") + "\n";
