// Corpus: what the index holds and what it leaves out, and whether somebody's code is in it.

import { card } from "../components/card.js";
import { errorState, skeleton } from "../components/states.js";
import { h, replace } from "../dom.js";
import { bytes, compact, count, day, plural } from "../format.js";
import { icon } from "../icons.js";
import { barTable } from "./bars.js";
import { membershipCard } from "./membership.js";
import { languageName, licenseName } from "./names.js";
import { parametersCard } from "./parameters.js";

const REASONS = {
  "not code": "No source code by its name: data, images, documents",
  empty: "Nothing in it",
  generated: "Says that a program wrote it",
  binary: "Holds bytes that are no text",
  "too large": "Above the limit of one file",
  minified: "Lines too long for a person to have written",
  unclaimed: "On the disk, but of no known package",
  "opted out": "Its owner asked to be left out",
  "not decodable": "In no known encoding",
};

export async function mount(root, ctx) {
  ctx.title("Corpus");
  const body = h("div.stack.v-corpus-body", null, skeleton(10));
  const owner = ctx.url.searchParams.get("owner") ?? "";
  const membership = membershipCard(ctx, owner);
  root.append(h("div.view-page.v-corpus", null, body));
  await load();

  async function load() {
    try {
      const index = await ctx.api.get("/api/v1/index", { signal: ctx.signal });
      replace(body, overview(index, membership.node));
      if (owner) void membership.ask(owner);
    } catch (error) {
      if (ctx.signal.aborted) return;
      replace(body, h("h1", null, "Corpus"), errorState(error, { retry: load }));
    }
  }

  return {
    update(url) {
      const asked = url.searchParams.get("owner") ?? "";
      if (asked) void membership.ask(asked);
      else membership.clear();
    },
  };
}

function overview(index, membership) {
  const { summary } = index;
  return [
    h(
      "header.stack.tight",
      null,
      h("h1", null, "What answers are checked against"),
      h(
        "p.muted",
        null,
        "The index ",
        h("strong.v-corpus-name", null, summary.name),
        `, as of ${day(summary.date)}, version ${summary.version}. Code that is not in it cannot be found in it.`,
      ),
    ),
    tiles(index),
    membership,
    h(
      "div.v-corpus-pair.even",
      null,
      card({
        title: "Languages",
        children: barTable({
          caption: "Files by language",
          unit: "Files",
          name: "Language",
          counts: index.languages,
          label: languageName,
          note: "Distinct contents, each counted once.",
        }),
      }),
      card({
        title: "Licences",
        children: barTable({
          caption: "Places by licence",
          unit: "Places",
          name: "Licence",
          counts: index.licenses,
          label: licenseName,
          tone: licenseTone,
          legend: LEGEND,
          note: "Each place where a file was seen, by the licence that the evidence there names.",
        }),
      }),
    ),
    h(
      "div.v-corpus-pair",
      null,
      h("div.stack", null, notCovered(index), optOuts(index), parametersCard(index)),
      h("div.stack", null, leftOut(index)),
    ),
  ];
}

function tiles(index) {
  const { summary } = index;
  const tile = (value, title, noun) => h("div.v-corpus-tile", null, h("dt", null, noun), h("dd", { title }, value));
  const of = (n, noun) => tile(n < 100000 ? count(n) : compact(n), count(n), noun);
  return h(
    "dl.v-corpus-tiles",
    null,
    of(summary.documents, "distinct files"),
    of(summary.occurrences, "places where they were seen"),
    of(index.repositories, "repositories"),
    of(Object.keys(index.languages).length || summary.languages, "languages"),
    tile(bytes(index.content_bytes), `${count(index.content_bytes)} bytes`, "of source code"),
  );
}

function notCovered(index) {
  const unknown = index.licenses.NOASSERTION ?? 0;
  const skipped = Object.values(index.skipped).reduce((sum, n) => sum + n, 0);
  const points = [
    `Code that was published, or changed, after ${day(index.summary.date)}.`,
    `Code outside of the ${plural(index.repositories, "repository", "repositories")} that were indexed, which is nearly all code in the world.`,
    skipped > 0 && `${plural(skipped, "file")} that were left out, by reason beside this.`,
    index.summary.opt_outs > 0 &&
      `${plural(index.summary.opt_outs, "repository or owner", "repositories or owners")} whose code is left out on request.`,
    unknown > 0 && `The licence at ${plural(unknown, "place")}, where no evidence of one was found.`,
    "Independent creation: two people may write the same lines. And it is no legal advice.",
  ].filter(Boolean);
  return card({
    title: "What it does not cover",
    children: h(
      "ul.v-corpus-points",
      null,
      points.map((point) => h("li", null, icon("close"), h("span", null, point))),
    ),
  });
}

function leftOut({ skipped }) {
  const any = Object.keys(skipped).length > 0;
  return card({
    title: "Files left out",
    children: any
      ? barTable({
          caption: "Files left out by reason",
          unit: "Files",
          name: "Reason",
          counts: skipped,
          label: (reason) => reason,
          says: (reason) => REASONS[reason],
        })
      : h("p.muted", null, "Every file that was read is in the index."),
  });
}

function optOuts({ opt_outs: list }) {
  const items = list.map(({ kind, value }) =>
    h("li", null, h("span.badge", null, kind), h("span.mono.wrap-anywhere", null, value)),
  );
  return card({
    title: "Left out on request",
    children: [
      list.length
        ? h(
            "ul.v-corpus-optouts",
            { tabindex: list.length > 12 ? "0" : null, "aria-label": "Repositories and owners left out" },
            items,
          )
        : h("p.muted", null, "Nobody has asked for it yet."),
      h(
        "p.small.muted",
        null,
        "What is removed is gone from every answer at once, and from the disk with the next compaction. It stays out when its source is indexed again.",
      ),
    ],
  });
}

const LEGEND = [
  ["good", "permissive"],
  ["accent", "weak copyleft"],
  ["warn", "strong copyleft"],
  ["plain", "other, or not known"],
];

// By the strictest of the names in an expression; a hint for the eye, never a judgement.
function licenseTone(expression) {
  if (/\b(A?GPL|SSPL|OSL|EUPL)-/.test(expression.replace(/LGPL/g, "Lesser"))) return "warn";
  if (/\b(LGPL|MPL|EPL|CDDL|CPL|MS-RL)-/.test(expression)) return "accent";
  return /\b(MIT|BSD|Apache|ISC|Python|PSF|Unlicense|CC0|0BSD|Zlib|BSL|HPND|NCSA|X11|WTFPL|Unicode|blessing)/i.test(
    expression,
  )
    ? "good"
    : "plain";
}
