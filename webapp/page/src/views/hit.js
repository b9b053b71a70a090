// A file that a search found: repository, path, licence, and the lines that match.

import { licenseBadge } from "../components/badge.js";
import { h } from "../dom.js";
import { count, day, plural } from "../format.js";
import { languageName } from "./names.js";
import { marked } from "./query.js";

const SHOWN = 6; // lines
const COLUMNS = 300; // of a line; minified code has lines of megabytes
const LEAD = 80; // columns kept before the first mark of a line that is cut

/** @param {Api.Hit} hit @param {RegExp | null} pattern of what is marked */
export function hitArticle(hit, pattern) {
  const best = hit.occurrences[0];
  const { lines } = hit;
  const href = documentHref(hit.document, lines[0]?.number);
  return h(
    "article.v-search-hit.card",
    h(
      "header",
      h(
        "h3.wrap-anywhere",
        h(
          "a",
          { href },
          h("span.v-search-repo", best?.repository ?? "repository not known"),
          h("span.v-search-slash", " / "),
          h("span.v-search-path", best?.path ?? hit.document),
        ),
      ),
      h("div.row", h("span.badge", languageName(hit.language)), best && licenseBadge(best.license)),
    ),
    lines.length > 0 && excerpt(hit.document, lines, pattern),
    h(
      "footer.v-search-foot.tiny.muted",
      footer(hit).map((text) => h("span", text)),
    ),
  );
}

/** @param {string} swhid @param {number} [line] */
const documentHref = (swhid, line) => `/documents/${swhid}${line ? `?lines=${line}` : ""}`;

/** @param {string} document @param {Api.HitLine[]} lines @param {RegExp | null} pattern */
function excerpt(document, lines, pattern) {
  const shown = lines.slice(0, SHOWN);
  const digits = String(shown.at(-1)?.number ?? "").length;
  return h(
    "div.v-search-lines",
    { style: { "--digits": `${digits}ch` } },
    shown.map(({ number, text }, at) => {
      const gap = at > 0 && number !== shown[at - 1].number + 1;
      // not in the tab order: the heading leads to the file, and six more stops per hit are too many
      return h(
        `a.v-search-line${gap ? ".gap" : ""}`,
        { href: documentHref(document, number), tabindex: "-1" },
        h("span.v-search-number", String(number)),
        h(
          "code",
          marked(cut(text, pattern), pattern).map(([part, hit]) => (hit ? h("mark", part) : part)),
        ),
      );
    }),
  );
}

/** The part of a long line with its first mark. @param {string} text @param {RegExp | null} pattern */
function cut(text, pattern) {
  if (text.length <= COLUMNS) return text;
  const at = pattern ? Math.max(text.search(pattern), 0) : 0;
  const start = Math.max(Math.min(at - LEAD, text.length - COLUMNS), 0);
  const end = start + COLUMNS;
  return (start > 0 ? "… " : "") + text.slice(start, end) + (end < text.length ? " …" : "");
}

/** @param {Api.Hit} hit */
function footer({ lines, lines_total, occurrences: [best], occurrences_total }) {
  return [
    lines_total > SHOWN ? plural(lines_total - Math.min(lines.length, SHOWN), "more line") : "",
    occurrences_total > 1 ? `${count(occurrences_total)} occurrences` : "",
    best?.date ? day(best.date) : "",
    best?.stars ? plural(best.stars, "star") : "",
    best?.vendored ? "a copy of a third party's file" : "",
  ].filter(Boolean);
}
