// An answer as a file: JSON as the service gave it, or Markdown for a person.
import { KINDS, LABELS } from "./vocabulary.js";
import { citedPlace, linesInWords } from "./text_of_lines.js";
import { count, day, percent } from "../format.js";

export function asJson({ attribution, text, language }) {
  return `${JSON.stringify({ attribution, code: text, language: language ?? null }, null, 2)}\n`;
}

/** Text of a corpus must not become Markdown of the report. It never begins a line there, so a
    hyphen or a number is none. */
const escaped = (text) =>
  String(text)
    .replace(/\s+/g, " ")
    .replace(/[\\`*_[\]<>#|~&]/g, "\\$&");

export function asMarkdown({ attribution, text, language, name, stale }) {
  const { label, reason, status, status_reason: why, index, sources } = attribution;
  const out = [
    `# Provenance of ${escaped(name ?? "a snippet")}`,
    "",
    `**${(LABELS[label] ?? LABELS.unknown).name}.** ${escaped(reason)}`,
    "",
    `- Status: ${status.replace("_", " ")}${why ? ` (${escaped(why)})` : ""}`,
    `- Checked against: ${escaped(index.name)}, ${day(index.date)}, ${count(index.documents)} distinct files, version ${escaped(index.version)}`,
    `- Snippet: ${count(attribution.snippet.lines)} lines, ${count(attribution.snippet.tokens)} tokens, language ${escaped(attribution.snippet.language ?? language ?? "not known")}`,
  ];
  if (stale) out.push("- The text was edited by hand after this check.");
  sources.forEach((source, index) => out.push("", ...section(source, index)));
  const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  out.push(
    "",
    "## The code",
    "",
    `${fence}${(language ?? "").replace(/[^\w+#-]/g, "")}`,
    text.replace(/\n$/, ""),
    fence,
    "",
  );
  out.push("Not legal advice. Only what the index holds, at its date, can be found.", "");
  return out.join("\n");
}

function section(source, index) {
  const place = citedPlace(source);
  const lines = [`## ${index + 1}. ${escaped(place ? `${place.repository}: ${place.path}` : source.document)}`, ""];
  lines.push(
    `- ${KINDS[source.kind].name}, ${percent(source.containment)} of the snippet, confidence ${percent(source.confidence)}`,
  );
  for (const match of source.matches) {
    lines.push(
      `- ${KINDS[match.kind].name}: ${linesInWords(match.snippet)} of the snippet, ${linesInWords(match.source)} of the source, ${count(match.tokens)} tokens`,
    );
  }
  if (place) {
    lines.push(`- Licence: ${escaped(place.license.expression)} (read from: ${escaped(place.license.evidence)})`);
    if (place.license.conflict) lines.push(`- Conflict of licences: ${escaped(place.license.conflict)}`);
    if (place.revision) lines.push(`- Revision: ${escaped(place.revision)}`);
    if (place.url) lines.push(`- <${place.url.replace(/[<>\s]/g, encodeURIComponent)}>`);
    lines.push(`- \`${place.swhid.replace(/[`\s]+/g, " ")}\``);
  }
  if (source.occurrences_total > 1)
    lines.push(
      `- Found in ${count(source.occurrences_total)} places${source.origin ? `; origin: ${escaped(source.origin.reason)}` : ""}`,
    );
  return lines;
}

/** Gives the browser a file to keep. */
export function download(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
