// Every place where a content was seen: repository, path, licence with its evidence, citations.

import { badge, licenseBadge } from "../components/badge.js";
import { button } from "../components/button.js";
import { copyButton } from "../components/copy.js";
import { h } from "../dom.js";
import { count, day, plural, shortRevision } from "../format.js";
import { icon } from "../icons.js";
import { licenseName } from "./names.js";
import { searchHref } from "./query.js";
import { swhidWithLines } from "./lines.js";

const SHOWN = 8; // places before "show all"

/** The card beside a document; `range` are the lines that citations name. */
export function placesCard({ occurrences, occurrences_total: total }, range) {
  const items = occurrences.map((place) => h("li", null, placeArticle(place, range)));
  const rest = items.slice(SHOWN);
  const list = h("ol", null, items.slice(0, SHOWN));
  const all =
    rest.length > 0 &&
    button(`Show all ${count(items.length)}`, {
      on: () => {
        list.append(...rest);
        rest[0].querySelector("a, button")?.focus();
        all.remove();
      },
    });
  return h(
    "section.card",
    null,
    h("header", null, h("h2", null, `Seen in ${plural(total, "place")}`)),
    h(
      "div.body",
      null,
      summary(occurrences),
      list,
      all,
      total > items.length &&
        h("p.tiny.muted", null, `The first ${count(items.length)} of ${count(total)} are listed.`),
    ),
  );
}

// Said only where places disagree: a copy under another licence is what a reader must not miss.
function summary(occurrences) {
  const counts = new Map();
  for (const { license } of occurrences) counts.set(license.expression, (counts.get(license.expression) ?? 0) + 1);
  if (counts.size < 2) return null;
  const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([name, n]) => `${licenseName(name)} (${count(n)})`);
  return h(
    "p.note.warn",
    null,
    icon("warning"),
    h("span", null, `The places name ${counts.size} licences: ${parts.join(", ")}.`),
  );
}

function placeArticle(place, range) {
  const { license } = place;
  return h(
    "article.v-document-place",
    null,
    h("h3.wrap-anywhere", null, h("span", null, place.repository), h("span.v-document-path.mono", null, place.path)),
    h(
      "div.row",
      null,
      licenseBadge(license),
      place.vendored && badge("vendored", { title: "Known to be a copy of a third party's file" }),
    ),
    h("p.tiny.muted", null, evidence(license)),
    license.conflict && h("p.note.warn.tiny", null, icon("warning"), h("span", null, license.conflict)),
    h("p.tiny.muted.wrap-anywhere", null, known(place)),
    h(
      "div.row.v-document-links",
      null,
      place.url &&
        h(
          "a.button.quiet.small",
          { href: place.url, rel: "noreferrer noopener", target: "_blank" },
          icon("external"),
          h("span", null, "Open"),
          h("span.vh", null, ` ${place.repository} in a new tab`),
        ),
      copyButton(swhidWithLines(place.swhid, range), {
        label: "SWHID",
        said: "SWHID of this place copied",
        hint: place.swhid,
      }),
      place.purl && copyButton(place.purl, { label: "purl", said: "Package URL copied", hint: place.purl }),
      h(
        "a.button.quiet.small",
        { href: searchHref({ q: basename(place.path), repository: place.repository }) },
        icon("search"),
        h("span", null, "In this repository"),
      ),
    ),
  );
}

function evidence({ expression, evidence: from }) {
  if (!expression || expression === "NOASSERTION")
    return "No evidence of a licence was found. Assume that all rights are reserved.";
  return `Licence read from ${article(from)}`;
}

const article = (from) =>
  from === "license file" ? "the licence file" : from === "none" ? "an unknown place" : `the ${from}`;

const basename = (path) =>
  path
    .split("/")
    .at(-1)
    .replace(/\.[^.]+$/, "");

function known(place) {
  return [
    place.revision &&
      (/^[0-9a-f]{40}$/.test(place.revision) ? `commit ${shortRevision(place.revision)}` : `version ${place.revision}`),
    place.date && `known on ${day(place.date)}`,
    place.stars !== null && place.stars !== undefined && plural(place.stars, "star"),
  ]
    .filter(Boolean)
    .join(", ");
}
