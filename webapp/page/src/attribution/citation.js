// What is pasted elsewhere: a comment that credits a source, and the NOTICE text of several.
import { asComment } from "../code/languages.js";
import { citedLines, citedOccurrence, linesInWords, readFrom } from "./cited.js";
import { KINDS } from "./vocabulary.js";

/**
 * A comment in the snippet's language that says where its code is from.
 * @param {Api.Source} source
 * @param {string | null} language
 */
export function citationComment(source, language) {
  const cited = citedOccurrence(source);
  if (!cited) return asComment([`Source: ${source.document}`], language);
  const { repository, path, revision, license, url, swhid } = cited;
  const where = citedLines(source);
  const known = license.expression !== "NOASSERTION";
  const lines = [
    `${KINDS[source.kind].name} from ${repository}: ${path}${where ? `, ${linesInWords(where)}` : ""}`,
    revision ? `Revision: ${revision}` : "",
    known ? `Licence: ${license.expression} (read from: ${readFrom(license)})` : "Licence: not known",
    license.conflict ? `Conflict: ${license.conflict}` : "",
    url ?? "",
    `Source: ${swhid.split(";")[0]}`, // by which the audit recognises it
  ];
  // one line each, whatever the corpus holds
  const written = lines.filter(Boolean).map((line) => line.replace(/\s+/g, " ").trim());
  return `${asComment(written, language)}\n`;
}

/** @param {Api.Source[]} sources */
export const noticeOf = (sources) => `${sources.map(({ notice }) => notice.trimEnd()).join("\n\n")}\n`;
