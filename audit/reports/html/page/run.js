// The view of the run: policy, coverage, index, what was left out, and the limits of an audit.
import { h } from "../../../../attribution/reports/page/dom.js";
import { count, plural } from "../../../../attribution/reports/page/format.js";
import { facts, table } from "../../../../attribution/reports/page/tables.js";
import { DATA, SEVERITIES, SUMMARY } from "./data.js";
import { seen } from "./elements.js";

/** @typedef {import("../../../../attribution/reports/page/dom.js").Children} Children */

const EXIT_CODES = ["0: clean", "1: findings at or above the threshold", "2: the check is not complete"];

const LIMITS = [
  "It is not legal advice. Licences are read from files, packages and data sets, which can be wrong.",
  "It does not know every source: only what the index holds, at its date.",
  "It cannot detect independent creation: equal code may have been written twice. Code that is common is not reported.",
];

/** The whole view, which does not change. */
export function runView() {
  const { coverage, stale, problems } = SUMMARY;
  const leftOut = Object.entries(coverage.left_out_by).sort((a, b) => b[1] - a[1]);
  return h(
    "div.panel.run",
    h("h2.vh", "Run"),
    problems.length > 0 && section("Why this audit is not complete", bullets(problems)),
    h("div.columns", section("Audit", audit()), section("Coverage", covered()), section("Index", index())),
    leftOut.length > 0 &&
      section(
        "Left out, by reason",
        table({
          caption: `${plural(coverage.left_out, "file")} left out`,
          columns: [
            { label: "Reason", cell: ([reason]) => seen(reason) },
            { label: "Files", cell: ([, files]) => count(files) },
          ],
          rows: leftOut,
        }),
      ),
    section(
      "Decisions that no longer apply",
      stale.length
        ? table({
            caption: plural(stale.length, "decision"),
            columns: [
              { label: "Written in", cell: ({ where }) => seen(where) },
              { label: "For", cell: ({ what }) => seen(what) },
              { label: "Why it no longer applies", cell: ({ why }) => seen(why) },
            ],
            rows: stale,
          })
        : h("p.muted", "None."),
    ),
    section("What this report cannot say", bullets(LIMITS)),
  );
}

/** @param {string} title @param {Children} content */
const section = (title, content) => h("section", h("h3", title), content);

/** @param {string[]} sentences */
const bullets = (sentences) =>
  h(
    "ul.bullets",
    sentences.map((sentence) => h("li", seen(sentence))),
  );

/** "2 error, 1 note" @param {Record<string, number>} counts */
const byName = (counts) =>
  Object.entries(counts)
    .map(([name, number]) => `${count(number)} ${seen(name)}`)
    .join(", ") || "none";

function audit() {
  const { root, began, seconds, tool, policy, fail_on, max_findings, open, decided } = SUMMARY;
  const threshold =
    fail_on === null
      ? "nothing: this policy only reports"
      : `${SEVERITIES[fail_on]} or worse; ${plural(max_findings, "finding")} allowed`;
  return facts([
    ["Of", h("bdi", seen(root))],
    ["Started", seen(began)],
    ["Duration", `${seconds.toFixed(1)} s`],
    ["Tool", seen(tool)],
    ["Policy", seen(policy)],
    ["Fails on", threshold],
    ["Above the threshold", count(DATA.over)],
    ["Exit code", EXIT_CODES[DATA.exit_code]],
    ["Open", byName(open)],
    ["Decided", byName(decided)],
  ]);
}

function covered() {
  const { coverage } = SUMMARY;
  const share = coverage.lines
    ? ` (${((100 * coverage.lines_matched) / coverage.lines).toFixed(1)}% of the lines)`
    : "";
  return facts([
    ["Checked", plural(coverage.checked, "file")],
    ["Too short", coverage.too_short ? `${plural(coverage.too_short, "file")}: no finding is possible` : null],
    ["Partly checked", plural(coverage.partly, "file")],
    ["Not checked", plural(coverage.not_checked, "file")],
    ["Left out", plural(coverage.left_out, "file")],
    ["Lines judged", count(coverage.lines)],
    ["Lines in findings", `${count(coverage.lines_matched)}${share}`],
    ["Bytes", count(coverage.bytes)],
    ["From the cache", coverage.from_cache ? plural(coverage.from_cache, "file") : null],
  ]);
}

function index() {
  if (!SUMMARY.index) return h("p.note.bad", "The index could not be opened: nothing was compared.");
  const { name, date, documents, occurrences, languages, opt_outs, version } = SUMMARY.index;
  return facts([
    ["Name", seen(name)],
    ["Date", seen(date)],
    ["Documents", count(documents)],
    ["Occurrences", count(occurrences)],
    ["Languages", count(languages)],
    ["Opt-outs applied", count(opt_outs)],
    ["Version", h("code.wrap", seen(version))],
  ]);
}
