// The occurrences of a document: repository, path, licence with its evidence, citations.
import { readFrom } from "../attribution/cited.js";
import { badge, licenseBadge } from "../components/badge.js";
import { button } from "../components/button.js";
import { card } from "../components/card.js";
import { copyButton } from "../components/copy.js";
import { h } from "../dom.js";
import { count, day, plural, shortRevision } from "../format.js";
import { icon } from "../icons.js";
import { swhidWithLines } from "./lines.js";
import { licenseName } from "./names.js";
import { searchHref } from "./query.js";

/** @typedef {import("./lines.js").LineSpan} LineSpan */

const SHOWN = 8; // occurrences before "Show all"

/** The card beside a document. @param {Api.DocumentAnswer} answer @param {LineSpan | null} range lines that citations name */
export function occurrencesCard({ occurrences, occurrences_total: total }, range) {
  const items = occurrences.map((occurrence) => h("li", occurrenceArticle(occurrence, range)));
  const rest = items.slice(SHOWN);
  const list = h("ol", items.slice(0, SHOWN));
  const all = button(`Show all ${count(items.length)}`, {
    hidden: !rest.length,
    on: () => {
      list.append(...rest);
      /** @type {HTMLElement | null} */ (rest[0].querySelector("a, button"))?.focus();
      all.remove();
    },
  });
  return card(plural(total, "occurrence"), [
    licenseNote(occurrences),
    list,
    all,
    total > items.length && h("p.tiny.muted", `The first ${count(items.length)} of ${count(total)} are listed.`),
  ]);
}

/** A warning where occurrences have different licences. @param {Api.Occurrence[]} occurrences */
function licenseNote(occurrences) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { license } of occurrences) counts.set(license.expression, (counts.get(license.expression) ?? 0) + 1);
  if (counts.size < 2) return null;
  const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([name, n]) => `${licenseName(name)} (${count(n)})`);
  const text = `The occurrences name ${counts.size} licences: ${parts.join(", ")}.`;
  return h("p.note.warn", icon("warning"), h("span", text));
}

/** @param {Api.Occurrence} occurrence @param {LineSpan | null} range */
function occurrenceArticle(occurrence, range) {
  const { repository, path, license, vendored, url, swhid, purl, indexes } = occurrence;
  return h(
    "article.v-document-occurrence",
    h("h3.wrap-anywhere", h("span", repository), h("span.v-document-path.mono", path)),
    h(
      "div.row",
      licenseBadge(license),
      indexes && badge(indexes.join(", "), { title: "Index that has it" }),
      vendored && badge("vendored", { title: "Known to be a copy of a third party's file" }),
    ),
    h("p.tiny.muted", evidenceInWords(license)),
    license.conflict && h("p.note.warn.tiny", icon("warning"), h("span", license.conflict)),
    h("p.tiny.muted.wrap-anywhere", versionInWords(occurrence)),
    h(
      "div.row.v-document-links",
      url &&
        h(
          "a.button.quiet.small",
          { href: url, rel: "noreferrer noopener", target: "_blank" },
          icon("external"),
          h("span", "Open"),
          h("span.vh", ` ${repository} in a new tab`),
        ),
      copyButton(swhidWithLines(swhid, range), {
        label: "SWHID",
        said: "SWHID of this occurrence copied",
        hint: swhid,
      }),
      purl && copyButton(purl, { label: "purl", said: "Package URL copied", hint: purl }),
      h(
        "a.button.quiet.small",
        { href: searchHref({ q: stem(path), repository }) },
        icon("search"),
        h("span", "In this repository"),
      ),
    ),
  );
}

/** @param {Api.License} license */
function evidenceInWords(license) {
  const { expression } = license;
  if (!expression || expression === "NOASSERTION") {
    return "No evidence of a licence was found. Assume that all rights are reserved.";
  }
  return `Licence read from: ${readFrom(license)}`;
}

/** The name of a file without its ending. @param {string} path */
const stem = (path) => (path.split("/").at(-1) ?? "").replace(/\.[^.]+$/, "");

/** @param {Api.Occurrence} occurrence */
function versionInWords({ revision, date, stars }) {
  const isCommit = /^[0-9a-f]{40}$/.test(revision ?? "");
  return [
    revision && (isCommit ? `commit ${shortRevision(revision)}` : `version ${revision}`),
    date && `known on ${day(date)}`,
    typeof stars === "number" && plural(stars, "star"),
  ]
    .filter(Boolean)
    .join(", ");
}
