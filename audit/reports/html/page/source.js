// A source of a finding: its figures, and a table of its occurrences.
import { h } from "../../../../attribution/reports/page/dom.js";
import { count, lineRange, percent, plural, sure } from "../../../../attribution/reports/page/format.js";
import { facts, table } from "../../../../attribution/reports/page/tables.js";
import { badge, copyButton, link, seen } from "./elements.js";
import { kindMeaning, licenseWords } from "./words.js";

/** @typedef {import("../../../../attribution/reports/page/dom.js").Children} Children */

const MOST_MATCHES = 8;
const MOST_CONFLICTS = 3;

/** @param {Report.SourceDetail} source @param {number} at @param {Report.Detail} detail */
export function sourceNode(source, at, { sources, decided_by }) {
  const cited = source.occurrences[source.cited];
  const name = cited ? link(cited.url ?? cited.origin, cited.repository) : h("code", source.document);
  const several = sources.length > 1;
  const matches = source.matches
    .slice(0, MOST_MATCHES)
    .map(([start, end, first, last]) => `${lineRange(start, end)} here = ${lineRange(first, last)} there`);
  return h(
    "article.source",
    { class: `kind-${kindMeaning(source.kind) ? source.kind : "similar"}` },
    h(
      "h4",
      several && `${at + 1}. `,
      name,
      several &&
        at === decided_by &&
        badge("its licence decided", "outline", "The ruling is about the licence of this source"),
    ),
    facts([
      ["Match", [seen(source.kind), kindMeaning(source.kind)].filter(Boolean).join(": ")],
      ["Share", `${percent(source.containment)} of the tokens of this code`],
      [
        "Similarity",
        `${percent(source.similarity)} of the longer text; longest equal run ${plural(source.longest_run, "token")}`,
      ],
      ["Confidence", sure(source.confidence)],
      ["Lines", matches.join("; ") + (source.matches.length > MOST_MATCHES ? "; ..." : "")],
      ["Origin", seen(source.origin)],
      ["Near-equal files", source.near_equal > 1 ? count(source.near_equal) : null],
      ["Copyright", seen((cited?.copyright ?? []).join("; "))],
      ["Package", cited?.purl ? h("code.wrap", seen(cited.purl)) : null],
      ["SWHID", h("code.wrap", seen(cited?.swhid ?? source.document))],
    ]),
    source.occurrences
      .filter(({ conflict }) => conflict)
      .slice(0, MOST_CONFLICTS)
      .map(({ conflict }) => h("p.note.warn", h("strong", "Licence in conflict: "), seen(conflict))),
    occurrenceTable(source),
    several && copyButton("Copy notice", source.notice),
  );
}

/** @type {{ label: string, cell: (occurrence: Report.OccurrenceDetail) => Children }[]} */
const OCCURRENCE_COLUMNS = [
  {
    label: "Repository",
    cell: ({ url, origin, repository, vendored }) => [
      link(url ?? origin, repository),
      vendored && [" ", badge("vendored", "", "Known to be a copy of a third party's file")],
    ],
  },
  {
    label: "File",
    cell: ({ path, lines }) => h("code.wrap", h("bdi", seen(path)), lines && `:${lineRange(...lines)}`),
  },
  {
    label: "Licence, read from",
    cell: ({ license, evidence, conflict }) => [
      licenseWords(license),
      h("span.muted", `, ${seen(evidence)} `),
      conflict && badge("conflict", "warn", seen(conflict)),
    ],
  },
  {
    label: "Revision",
    cell: ({ revision }) => revision && h("code", { title: seen(revision) }, seen(revision.slice(0, 12))),
  },
  { label: "Date", cell: ({ date }) => date && seen(date.slice(0, 10)) },
  { label: "Stars", cell: ({ stars }) => stars !== null && count(stars) },
];

/** @param {Report.SourceDetail} source */
function occurrenceTable({ occurrences, occurrences_total: total }) {
  if (!occurrences.length) return h("p.note", "No occurrence of it is known any more.");
  const listed = total > occurrences.length ? `${count(occurrences.length)} of ` : "";
  return table({
    caption: `${listed}${plural(total, "occurrence")}`,
    columns: OCCURRENCE_COLUMNS.filter(({ cell }) => occurrences.some((occurrence) => cell(occurrence))), // no empty columns
    rows: occurrences,
  });
}
