// One file that a search found: where it is, under which licence, and its lines.

import { licenseBadge } from "../components/badge.js";
import { h } from "../dom.js";
import { count, day, plural } from "../format.js";
import { languageName } from "./names.js";
import { marked } from "./query.js";

const SHOWN = 6; // lines
const COLUMNS = 300; // of a line; minified code has lines of megabytes
const LEAD = 80; // columns kept before the first mark of a line that is cut

export function hitArticle(hit, pattern) {
  const place = hit.occurrences[0];
  const lines = hit.lines ?? [];
  const href = documentHref(hit.document, lines[0]?.number);
  return h(
    "article.v-search-hit.card",
    null,
    h(
      "header",
      null,
      h(
        "h3.wrap-anywhere",
        null,
        h(
          "a",
          { href },
          h("span.v-search-repo", null, place?.repository ?? "repository not known"),
          h("span.v-search-slash", null, " / "),
          h("span.v-search-path", null, place?.path ?? hit.document),
        ),
      ),
      h("div.row", null, h("span.badge", null, languageName(hit.language)), place && licenseBadge(place.license)),
    ),
    lines.length > 0 && excerpt(hit.document, lines, pattern),
    h(
      "footer.v-search-foot.tiny.muted",
      null,
      footer(hit, lines).map((text) => h("span", null, text)),
    ),
  );
}

export const documentHref = (swhid, line) => `/documents/${swhid}${line ? `?lines=${line}` : ""}`;

function excerpt(document, lines, pattern) {
  const shown = lines.slice(0, SHOWN);
  const digits = String(shown.at(-1).number).length;
  let last = null;
  return h(
    "div.v-search-lines",
    { style: { "--digits": `${digits}ch` } },
    shown.map(({ number, text }) => {
      const gap = last !== null && number !== last + 1;
      last = number;
      // Out of the tab order: the heading leads to the file, and six more stops a hit would be a toll.
      return h(
        `a.v-search-line${gap ? ".gap" : ""}`,
        { href: documentHref(document, number), tabindex: "-1" },
        h("span.v-search-number", null, String(number)),
        h(
          "code",
          null,
          marked(cut(text, pattern), pattern).map(([part, hit]) => (hit ? h("mark", null, part) : part)),
        ),
      );
    }),
  );
}

// The part of a long line that holds its first mark.
function cut(text, pattern) {
  if (text.length <= COLUMNS) return text;
  const at = pattern ? Math.max(text.search(pattern), 0) : 0;
  const start = Math.max(Math.min(at - LEAD, text.length - COLUMNS), 0);
  const end = start + COLUMNS;
  return (start > 0 ? "… " : "") + text.slice(start, end) + (end < text.length ? " …" : "");
}

function footer(hit, lines) {
  const place = hit.occurrences[0];
  const total = hit.lines_total ?? lines.length;
  const places = hit.occurrences_total ?? hit.occurrences.length;
  return [
    total > SHOWN ? `${plural(total - Math.min(lines.length, SHOWN), "more line")}` : null,
    places > 1 ? `in ${count(places)} places` : null,
    place?.date ? day(place.date) : null,
    place?.stars ? plural(place.stars, "star") : null,
    place?.vendored ? "a copy of a third party's file" : null,
  ].filter(Boolean);
}
