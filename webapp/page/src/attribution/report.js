// An answer as a file: JSON as the service gave it, or Markdown for a person.
import { count, day, percent, sure } from "../format.js";
import { amountInWords, citedOccurrence, holderInWords, linesInWords, readFrom, sourceName } from "./cited.js";
import { tokenShares } from "./spans.js";
import { sourcesInWords } from "./sources.js";
import { KINDS, labelWords } from "./vocabulary.js";

/** @typedef {{ attribution: Api.Attribution, text: string, language?: string | null, name?: string | null, stale?: boolean }} Result */

/** @param {Result} result */
export function asJson({ attribution, text, language }) {
  return `${JSON.stringify({ attribution, code: text, language: language ?? null }, null, 2)}\n`;
}

/**
 * Text of a corpus as plain text in Markdown. It is never at the start of a line, so a hyphen or a
 * number cannot start a list.
 * @param {string} text
 */
const escaped = (text) => text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>#|~&]/g, "\\$&");

/** @param {Result} result */
export function asMarkdown({ attribution, text, language, name, stale }) {
  const { label, reason, status, status_reason: why, index, sources, snippet } = attribution;
  const longestRun = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longestRun + 1);
  const known = snippet.language ?? language ?? "not known";
  const shares = tokenShares(attribution).map(([kind, share]) => `${percent(share)} ${kind}`);
  return [
    `# Provenance of ${escaped(name ?? "a snippet")}`,
    "",
    `**${labelWords(label).name}.** ${escaped(reason)}`,
    "",
    `- Status: ${status.replace("_", " ")}${why ? ` (${escaped(why)})` : ""}`,
    `- Checked against: ${escaped(index.name)}, ${day(index.date)}, ${count(index.documents)} distinct files, version ${escaped(index.version)}`,
    `- Snippet: ${count(snippet.lines)} lines, ${count(snippet.tokens)} tokens, language ${escaped(known)}`,
    `- Of its tokens: ${shares.join(", ") || "nothing matches"}`,
    `- ${escaped(sourcesInWords(attribution))}`,
    ...(stale ? ["- The text was edited after this check."] : []),
    ...sources.flatMap((source, at) => ["", ...section(source, at)]),
    "",
    "## The code",
    "",
    `${fence}${(language ?? "").replace(/[^\w+#-]/g, "")}`,
    text.replace(/\n$/, ""),
    fence,
    "",
    "Not legal advice. Only what the index holds, at its date, can be found.",
    "",
  ].join("\n");
}

/** @param {Api.Source} source @param {number} at */
function section(source, at) {
  const lines = [
    `## ${at + 1}. ${escaped(sourceName(source))}`,
    "",
    `- ${KINDS[source.kind].name}, ${amountInWords(source)}, ${sure(source.confidence ?? 0)} sure`,
  ];
  for (const { kind, snippet, source: there, tokens } of source.matches) {
    lines.push(
      `- ${KINDS[kind].name}: ${linesInWords(snippet)} of the snippet, ${linesInWords(there)} of the source, ${count(tokens)} tokens`,
    );
  }
  const cited = citedOccurrence(source);
  if (cited) {
    const { license, holders, revision, url, swhid } = cited;
    lines.push(`- Licence: ${escaped(license.expression)} (read from: ${escaped(readFrom(license))})`);
    if (license.conflict) lines.push(`- Conflict of licences: ${escaped(license.conflict)}`);
    if (holders?.length) lines.push(`- Copyright: ${escaped(holders.map(holderInWords).join("; "))}`);
    if (revision) lines.push(`- Revision: ${escaped(revision)}`);
    if (url) lines.push(`- <${url.replace(/[<>\s]/g, encodeURIComponent)}>`);
    lines.push(`- \`${swhid.replace(/[`\s]+/g, " ")}\``);
  }
  const origin = source.origin ? `; origin: ${escaped(source.origin.reason)}` : "";
  if (source.occurrences_total > 1) lines.push(`- ${count(source.occurrences_total)} occurrences${origin}`);
  return lines;
}

/** Gives the browser a file to keep. @param {string} name @param {string} text @param {string} type */
export function download(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
