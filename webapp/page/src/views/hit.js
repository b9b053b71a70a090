// A file that a search found: repository, path, licence, and the lines that match.

import { licenseBadge } from "../components/badge.js";
import { h } from "../dom.js";
import { count, day, plural } from "../format.js";
import { languageName } from "./names.js";
import { marked, patternOf } from "./query.js";

const COLUMNS = 300; // of a line; minified code has lines of megabytes
const LEAD = 80; // columns kept before the first mark of a line that is cut

/** @param {Api.Hit} hit @param {string} q the query, whose words are marked */
export function hitArticle(hit, q) {
  const pattern = patternOf(q);
  const best = hit.occurrences[0];
  const { lines } = hit;
  const line = best?.lines?.start_line ?? lines[0]?.number;
  const href = documentHref(hit.document, line);
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
      moreLines(hit, line, q),
      footer(hit).map((text) => h("span", text)),
    ),
  );
}

/** @param {string} swhid @param {number} [line] */
const documentHref = (swhid, line) => `/documents/${swhid}${line ? `?lines=${line}` : ""}`;

/** @param {string} document @param {Api.HitLine[]} lines @param {RegExp | null} pattern */
function excerpt(document, lines, pattern) {
  const digits = String(lines.at(-1)?.number ?? "").length;
  return h(
    "div.v-search-lines",
    { style: { "--digits": `${digits}ch` } },
    lines.map(({ number, text }, at) => {
      const gap = at > 0 && number !== lines[at - 1].number + 1;
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

/** A link to the document with all matches marked. @param {Api.Hit} hit @param {number} line @param {string} q */
function moreLines({ document, lines, lines_total }, line, q) {
  const rest = lines_total - lines.length;
  if (rest < 1) return null;
  const parameters = new URLSearchParams({ lines: String(line), find: q });
  return h("a", { href: `/documents/${document}?${parameters}` }, plural(rest, "more line"));
}

/** @param {Api.Hit} hit */
function footer({ occurrences: [best], occurrences_total }) {
  return [
    occurrences_total > 1 ? `${count(occurrences_total)} occurrences` : "",
    best?.date ? day(best.date) : "",
    best?.stars ? plural(best.stars, "star") : "",
    best?.vendored ? "a copy of a third party's file" : "",
  ].filter(Boolean);
}
