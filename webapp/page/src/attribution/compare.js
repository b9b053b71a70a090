// An opened source: the text and the source side by side, its figures, and its occurrences.
import { sides } from "../../../../attribution/reports/page/sides.js";
import { facts, table } from "../../../../attribution/reports/page/tables.js";
import { isAbort } from "../client.js";
import { kindBadge, licenseBadge } from "../components/badge.js";
import { copyButton } from "../components/copy.js";
import { openDialog } from "../components/dialog.js";
import { externalLink } from "../components/link.js";
import { errorState, loadingState } from "../components/states.js";
import { h, replace } from "../dom.js";
import { count, day, percent, plural, shortRevision, sure } from "../format.js";
import { icon } from "../icons.js";
import { citationComment } from "./citation.js";
import { amountInWords, citedOccurrence, holderInWords, linesInWords, readFrom, sourceName } from "./cited.js";
import { documentLink } from "./cards.js";

/** @typedef {Api.Source["matches"][number]} Match */

/**
 * Opens a source beside the text that it matches.
 * @param {object} options
 * @param {import("../client.js").Client} options.api
 * @param {Api.Source} options.source
 * @param {string} options.text that was checked
 * @param {string | null} options.language of the citation comment
 * @param {number} [options.firstLine] number of the text's first line in the editor
 * @param {string} options.mine heading of the text
 */
export function openSource({ api, source, text, language, firstLine = 1, mine }) {
  const cited = citedOccurrence(source);
  const theirs = sourceName(source);
  const controller = new AbortController();
  const outlet = h("div", { "aria-live": "polite" });
  /** @param {Match} match */
  const show = async ({ kind, snippet, source: lines }) => {
    replace(outlet, loadingState("Aligning both texts"));
    try {
      const match = { kind, snippet: span(snippet), source: span(lines) };
      const body = { code: text, document: source.document, match };
      const { rows, cut } = await api.post("/api/v1/side-by-side", body, { signal: controller.signal });
      replace(outlet, cut && h("p.note", icon("info"), `Cut: ${cut}.`), sides(rows, { kind, firstLine, mine, theirs }));
    } catch (problem) {
      if (isAbort(problem)) return;
      const retry = () => show({ kind, snippet, source: lines, tokens: 0 });
      replace(outlet, errorState(problem, { retry, level: 3 }));
    }
  };
  const body = h(
    "div.stack",
    h(
      "div.row",
      kindBadge(source.kind),
      cited && licenseBadge(cited.license),
      h("span.small.muted", `${amountInWords(source)} · ${sure(source.confidence ?? 0)} sure`),
    ),
    cited?.license.conflict && h("p.note.warn", icon("warning"), cited.license.conflict),
    source.matches.length > 1 && matchPicker(source.matches, firstLine, show),
    outlet,
    h("div.split", figures(source), citedFacts(source)),
    h("div.row", copyButtons(source, language)),
    occurrenceTable(source),
  );
  show(source.matches[0]);
  return openDialog({ title: theirs, body, drawer: true }).finally(() => controller.abort());
}

/** @param {Api.Span} span */
const span = ({ start_line, end_line, start, end }) => ({ start_line, end_line, start, end });

/**
 * A choice of the matched parts, where there are several.
 * @param {Match[]} matches
 * @param {number} firstLine
 * @param {(match: Match) => void} show
 */
function matchPicker(matches, firstLine, show) {
  const options = matches.map((match, at) => {
    const { start_line: start, end_line: end } = match.snippet;
    const mine = linesInWords({ start_line: start + firstLine - 1, end_line: end + firstLine - 1 });
    return h(
      "label",
      h("input", { type: "radio", name: "match", checked: at === 0, on: { change: () => show(match) } }),
      h("span", `${mine} ↔ ${match.source.start_line}–${match.source.end_line}`),
    );
  });
  return h("fieldset.row", h("legend.vh", "Matched parts"), h("div.segmented.scrolls", options));
}

/** @param {Api.Source} source */
function figures(source) {
  const files = source.documents?.length ?? 1;
  return facts([
    ["Matched", `${amountInWords(source)}, in ${plural(source.matches.length, "part")}`],
    ["Similarity", percent(source.similarity)],
    ["Longest equal run", plural(source.longest_run_tokens, "token")],
    ["Confidence", sure(source.confidence ?? 0)],
    ["Near-equal files", files > 1 ? count(files) : null],
  ]);
}

/** @param {Api.Source} source */
function citedFacts(source) {
  const cited = citedOccurrence(source);
  if (!cited) return null;
  const { license, holders, revision, date, url, purl } = cited;
  return facts([
    ["Licence", license.expression === "NOASSERTION" ? "not known" : license.expression],
    ["Read from", linkToEvidence(license)],
    ...(license.against ?? []).map(
      (other) => /** @type {[string, import("../dom.js").Children]} */ (["Against it", otherEvidence(other)]),
    ),
    ["Owed", source.owed?.join("; ")],
    ["Copyright", holders?.length ? holders.map(holderInWords).join("; ") : null],
    ["Revision", revision],
    ["Date", date ? day(date) : null],
    ["Origin", source.origin?.reason],
    ["Permanent link", url ? externalLink(url, url, "wrap-anywhere") : null],
    ["Package", purl ? h("span.mono.wrap-anywhere", purl) : null],
    ["SWHID", h("span.mono.wrap-anywhere", source.document)],
  ]);
}

/**
 * Where a licence was read, with a link to the lines where they have a permanent address.
 * @param {Pick<Api.License, "evidence" | "file" | "lines" | "url">} license
 */
function linkToEvidence(license) {
  return license.url ? externalLink(license.url, readFrom(license)) : readFrom(license);
}

/** @param {NonNullable<Api.License["against"]>[number]} other */
function otherEvidence(other) {
  return h("span", `${other.expression}, by the `, linkToEvidence(other));
}

/** @param {Api.Source} source @param {string | null} language */
function copyButtons(source, language) {
  const cited = citedOccurrence(source);
  const comment = () => citationComment(source, language);
  const kind = "plain";
  return [
    copyButton(comment, { label: "Copy citation comment", icon: "quote", kind, said: "Citation comment copied" }),
    copyButton(source.notice, { label: "Copy NOTICE", icon: "file", kind, said: "NOTICE text copied" }),
    cited?.url && copyButton(cited.url, { label: "Copy permanent link", icon: "link", kind }),
    cited && copyButton(cited.swhid, { label: "Copy SWHID", icon: "copy", kind }),
    h("a.button.small", { href: documentLink(source) }, icon("file"), "Open the document"),
  ];
}

/** @param {Api.Source} source */
function occurrenceTable({ occurrences, occurrences_total: total }) {
  const listed = total > occurrences.length ? `${count(occurrences.length)} of ` : "";
  return table({
    caption: `${listed}${plural(total, "occurrence")} of this code`,
    rows: occurrences,
    columns: [
      { label: "Repository", cell: ({ url, repository }) => (url ? externalLink(url, repository) : repository) },
      {
        label: "Path",
        cell: ({ path, lines }) =>
          h("span.mono.wrap-anywhere", path, lines && `:${lines.start_line}–${lines.end_line}`),
      },
      { label: "Revision", cell: ({ revision }) => h("span.mono", shortRevision(revision)) },
      { label: "Licence", cell: ({ license }) => licenseBadge(license) },
      { label: "Date", cell: ({ date }) => date?.slice(0, 10) },
      { label: "Stars", numeric: true, cell: ({ stars }) => (typeof stars === "number" ? count(stars) : "") },
    ],
  });
}
