// Corpus: what the index has and what it leaves out, and whether an owner's code is in it.
import { card } from "../components/card.js";
import { errorState, skeleton } from "../components/states.js";
import { h, replace } from "../dom.js";
import { bytes, compact, count, day, plural } from "../format.js";
import { icon } from "../icons.js";
import { barTable } from "./bars.js";
import { membershipCard } from "./membership.js";
import { languageName, licenseName } from "./names.js";
import { parametersCard } from "./parameters.js";

/** @typedef {Api.IndexAnswer} Index */

/** Why files are left out. @type {Record<string, string>} */
const REASONS = {
  "not code": "Not source code, by the file's name: data, images, documents",
  empty: "The file is empty",
  generated: "The file says that a program wrote it",
  binary: "The file has bytes that are not text",
  "too large": "Larger than the limit for a file",
  minified: "Lines too long to be written by a person",
  unclaimed: "On the disk, but part of no known package",
  link: "A link, which is not followed, or a device",
  malformed: "A record that does not follow its format",
  "other language": "Not in one of the languages that were to be indexed",
  submodule: "A submodule; it is indexed as a repository of its own if it is checked out",
  unreadable: "No permission to read it, or it is damaged",
  "opted out": "The owner asked to be left out",
  "not decodable": "Not in a known encoding",
};

const MOST_OPT_OUTS = 200; // listed: a published list has more than ten thousand

/** @type {[string, string][]} */
const LEGEND = [
  ["good", "permissive"],
  ["accent", "weak copyleft"],
  ["warn", "strong copyleft"],
  ["plain", "other, or not known"],
];

/** @type {import("../shell/router.js").ViewModule["mount"]} */
export async function mount(root, ctx) {
  ctx.title("Corpus");
  const body = h("div.stack.v-corpus-body", skeleton(10));
  const owner = ctx.url.searchParams.get("owner") ?? "";
  const membership = membershipCard(ctx, owner);
  root.append(h("div.view-page.v-corpus", body));
  await load();

  async function load() {
    try {
      const index = await ctx.api.get("/api/v1/index", { signal: ctx.signal });
      replace(body, overview(index, membership.node));
      if (owner) void membership.lookup(owner);
    } catch (error) {
      if (ctx.signal.aborted) return;
      replace(body, h("h1", "Corpus"), errorState(error, { retry: load }));
    }
  }

  return {
    update(url) {
      const asked = url.searchParams.get("owner") ?? "";
      if (asked) void membership.lookup(asked);
      else membership.clear();
    },
  };
}

/** @param {Index} index @param {HTMLElement} membership */
function overview(index, membership) {
  const { name, date, version } = index.summary;
  return [
    h(
      "header.stack.tight",
      h("h1", "What answers are checked against"),
      h(
        "p.muted",
        "The index ",
        h("strong.v-corpus-name", name),
        `, as of ${day(date)}, version ${version}. Only code that is in the index can be found.`,
      ),
    ),
    tiles(index),
    membership,
    h("div.v-corpus-pair.even", languages(index), licenses(index)),
    h(
      "div.v-corpus-pair",
      h("div.stack", notCovered(index), optOuts(index), parametersCard(index)),
      h("div.stack", leftOut(index)),
    ),
  ];
}

/** @param {Index} index */
function tiles({ summary, repositories, languages: byLanguage, content_bytes: size }) {
  /** @param {string} value @param {string} title @param {string} noun */
  const tile = (value, title, noun) => h("div.v-corpus-tile", h("dt", noun), h("dd", { title }, value));
  /** @param {number} n @param {string} noun */
  const counted = (n, noun) => tile(n < 100_000 ? count(n) : compact(n), count(n), noun);
  return h(
    "dl.v-corpus-tiles",
    counted(summary.documents, "distinct files"),
    counted(summary.occurrences, "occurrences of them"),
    counted(repositories, "repositories"),
    counted(Object.keys(byLanguage).length || summary.languages, "languages"),
    tile(bytes(size), `${count(size)} bytes`, "of source code"),
  );
}

/** @param {Index} index */
const languages = (index) =>
  card(
    "Languages",
    barTable({
      caption: "Files by language",
      unit: "Files",
      name: "Language",
      counts: index.languages,
      label: languageName,
      note: "Share of the distinct files.",
    }),
  );

/** @param {Index} index */
const licenses = (index) =>
  card(
    "Licences",
    barTable({
      caption: "Occurrences by licence",
      unit: "Occurrences",
      name: "Licence",
      counts: index.licenses,
      label: licenseName,
      tone: licenseTone,
      legend: LEGEND,
      note: "Share of the occurrences, each under the licence that its evidence names.",
    }),
  );

/** @param {Index} index */
function notCovered({ summary, repositories, licenses: byLicense, skipped: files }) {
  const unknown = byLicense.NOASSERTION ?? 0;
  const skipped = Object.values(files).reduce((sum, n) => sum + n, 0);
  const indexed = plural(repositories, "repository", "repositories");
  const points = [
    `Code that was published or changed after ${day(summary.date)}.`,
    `Code outside the ${indexed} that were indexed, which is nearly all code in the world.`,
    skipped > 0 && `${plural(skipped, "file")} that were left out, for the reasons listed here.`,
    summary.opt_outs > 0 &&
      `The code of ${plural(summary.opt_outs, "repository or owner", "repositories or owners")}, left out on request.`,
    unknown > 0 && `The licence of ${plural(unknown, "occurrence")} without any evidence of one.`,
    "Independent creation: two people may write the same lines.",
    "Legal advice: it gives none.",
  ];
  const items = points.filter((point) => point).map((point) => h("li", icon("close"), h("span", point)));
  return card("What it does not cover", h("ul.v-corpus-points", items));
}

/** @param {Index} index */
function leftOut({ skipped }) {
  const content = Object.keys(skipped).length
    ? barTable({
        caption: "Files left out by reason",
        unit: "Files",
        name: "Reason",
        counts: skipped,
        hint: (reason) => REASONS[reason],
      })
    : h("p.muted", "Every file that was read is in the index.");
  return card("Files left out", content);
}

/** @param {Index} index */
function optOuts({ opt_outs: list }) {
  const items = list
    .slice(0, MOST_OPT_OUTS)
    .map(({ kind, value }) => h("li", h("span.badge", kind), h("span.mono.wrap-anywhere", value)));
  const label = "Repositories and owners left out";
  const content = list.length
    ? h("ul.v-corpus-optouts", { tabindex: list.length > 12 ? "0" : null, "aria-label": label }, items)
    : h("p.muted", "No one has asked for it yet.");
  const rest = list.length > MOST_OPT_OUTS && h("p.small.muted", `and ${count(list.length - MOST_OPT_OUTS)} more`);
  const effect =
    "A removal takes effect in all answers at once, and on the disk with the next compaction. Indexing the source again does not bring it back.";
  return card("Left out on request", [content, rest, h("p.small.muted", effect)]);
}

/** The tone of the strictest name in an expression: a hint for the eye, not a judgement. @param {string} expression */
function licenseTone(expression) {
  if (/\b(A?GPL|SSPL|OSL|EUPL)-/.test(expression.replace(/LGPL/g, "Lesser"))) return "warn";
  if (/\b(LGPL|MPL|EPL|CDDL|CPL|MS-RL)-/.test(expression)) return "accent";
  const permissive =
    /\b(MIT|BSD|Apache|ISC|curl|CC-BY-\d|Python|PSF|Unlicense|CC0|0BSD|Zlib|BSL|HPND|NCSA|X11|WTFPL|Unicode|blessing)/i;
  return permissive.test(expression) ? "good" : "plain";
}
