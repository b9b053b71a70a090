// The view of the findings: charts, filters and the list.
import { h, replace } from "../../../../attribution/reports/page/dom.js";
import { count, lineRange, plural, sure } from "../../../../attribution/reports/page/format.js";
import { makeChart } from "./charts.js";
import { COUNT, DATA, IDS, ROWS, SUMMARY } from "./data.js";
import { openFinding } from "./detail.js";
import { button, say, seen } from "./elements.js";
import { chosen, FACET_NAMES, FACETS, filter, matching, STATE_FILTERS } from "./filter.js";
import { makeGrid } from "./grid.js";
import { pathNode } from "./path.js";
import { capital, labelBadge, licenseWords, severityBadge, stateOf, verdictBadge } from "./words.js";

const COLUMNS = [
  { key: "severity", title: "Severity" },
  { key: "name", title: "File and lines" },
  { key: "verdict", title: "Verdict" },
  { key: "license", title: "Licence" },
  { key: "source", title: "Source" },
  { key: "label", title: "Match" },
  { key: "confidence", title: "Sure" },
  { key: "state", title: "State" },
];
const WORST_FIRST = ["severity", "verdict", "label", "confidence"]; // columns that sort downwards first

/** @param {number} row */
function findingCells(row) {
  const first = ROWS.start[row];
  const license = licenseWords(ROWS.licenses[ROWS.license[row]]);
  const repository = ROWS.repositories[ROWS.repository[row]];
  const path = ROWS.paths[ROWS.path[row]];
  const state = stateOf(row);
  return [
    severityBadge(ROWS.severity[row]),
    pathNode(ROWS.names[ROWS.name[row]], lineRange(first, first + ROWS.lines[row])),
    verdictBadge(ROWS.verdicts[ROWS.verdict[row]]),
    h(
      "span.clip",
      { title: license, class: ROWS.conflict[row] || license === "not known" ? "doubt" : "" },
      h("bdi", license),
      ROWS.conflict[row] ? ", conflict" : null,
    ),
    h(
      "span.clip",
      { title: seen(`${repository} ${path}`) },
      h("bdi", seen(repository)),
      " ",
      h("bdi.muted", seen(path)),
      ROWS.sources[row] > 1 ? h("span.muted", ` +${ROWS.sources[row] - 1}`) : null,
    ),
    labelBadge(ROWS.labels[ROWS.label[row]]),
    sure(ROWS.confidence[row] / 1000),
    h("span", { class: `is-${state}` }, state),
  ];
}

/**
 * @param {object} options
 * @param {() => void} options.changed is called when the filter changed
 * @param {(id: string, remembered: boolean) => void} options.open is called to open a finding, or none ("")
 */
export function makeFindings({ changed, open }) {
  /** @type {number[]} */
  let rows = [];
  /** @type {HTMLDialogElement | null} */
  let dialog = null;
  const charts = FACET_NAMES.map((name) => ({ name, chart: makeChart(name, show) }));
  const found = h("p.found");
  const empty = h("div.empty", { hidden: true });
  const fields = [
    makeField("q", "Words", "finding-text", show),
    makeField("path", "Path: a part, or a pattern like src/**/*.py", "finding-path", show),
  ];
  const states = STATE_FILTERS.map((word) => {
    const figure = h("span.figure");
    const toggle = button(capital(word), { kind: "small" }, () => {
      filter.state = word;
      show();
    });
    toggle.append(" ", figure);
    return { word, toggle, figure };
  });
  const sorting = h(
    "select.input",
    { id: "finding-sort" },
    COLUMNS.map(({ key, title }) => [
      h("option", { value: key }, title),
      h("option", { value: `${key}-` }, `${title}, downwards`),
    ]),
  );
  sorting.addEventListener("change", () => {
    filter.sort = sorting.value.replace("-", "");
    filter.down = sorting.value.endsWith("-");
    show();
  });
  const reset = button("Clear all filters", { kind: "small quiet" }, () => {
    Object.assign(filter, { q: "", path: "", state: "open" });
    for (const name of FACET_NAMES) chosen[name].clear();
    show();
    fields[0].input.focus();
  });
  const grid = makeGrid({
    label: "Findings",
    kind: "grid-findings",
    columns: COLUMNS,
    cells: findingCells,
    open: (row) => open(IDS[row], true),
    sort(key) {
      filter.down = filter.sort === key ? !filter.down : WORST_FIRST.includes(key);
      filter.sort = key;
      show();
    },
    sorted: () => [filter.sort, filter.down],
  });
  const folded = h(
    "details.charts-fold",
    { open: matchMedia("(min-width: 721px)").matches },
    h("summary", "Charts: choose what is listed"),
    h(
      "div.charts",
      charts.map(({ chart }) => chart.node),
    ),
  );
  const filters = h(
    "div.filters",
    { role: "search", "aria-label": "Filter findings", hidden: !COUNT },
    fields.map((field) => field.node),
    h(
      "div.field",
      { role: "group", "aria-label": "State" },
      h("span.label", { "aria-hidden": "true" }, "State"),
      h(
        "div.segments",
        states.map(({ toggle }) => toggle),
      ),
    ),
    h("div.field.only-narrow", h("label", { for: "finding-sort" }, "Sorted by"), sorting),
  );
  const heading = h("div.row.between.over-list", { hidden: !COUNT }, found, reset);
  const node = h("div.panel", h("h2.vh", "Findings"), COUNT > 0 && folded, filters, heading, empty, grid.node);

  function show() {
    changed();
    const result = matching();
    rows = result.rows;
    for (const { key, input } of fields) if (input.value !== filter[key]) input.value = filter[key];
    for (const { word, toggle, figure } of states) {
      toggle.setAttribute("aria-pressed", String(filter.state === word));
      figure.textContent = count(result.states[word]);
    }
    for (const { name, chart } of charts) chart.show(result.counts[name]);
    sorting.value = filter.sort + (filter.down ? "-" : "");
    const filtered = Boolean(filter.q || filter.path || FACET_NAMES.some((name) => chosen[name].size));
    reset.hidden = !filtered && filter.state === "open";
    const total = `${count(rows.length)} of ${plural(COUNT, "finding")}`;
    replace(found, total, h("span", filterWords()));
    say(total);
    empty.hidden = rows.length > 0;
    replace(empty, h("p", emptyWords(filtered)));
    grid.show(rows);
  }

  /** Opens the finding that the address names, or closes the open one. */
  function showFinding() {
    dialog?.remove();
    dialog = null;
    const row = IDS.indexOf(filter.finding);
    if (row < 0) return;
    const at = rows.indexOf(row);
    dialog = openFinding(row, {
      position: at < 0 ? "" : `${count(at + 1)} of ${count(rows.length)}`,
      step(by) {
        if (rows.length) open(IDS[rows[(at + by + rows.length) % rows.length]], false);
      },
      closed() {
        dialog = null;
        open("", false);
        grid.focus(row);
      },
    });
  }

  return { node, show, showFinding };
}

/**
 * A field of the filter.
 * @param {"q" | "path"} key
 * @param {string} label
 * @param {string} id
 * @param {() => void} changed
 */
function makeField(key, label, id, changed) {
  const input = h("input.input", { type: "search", id, autocomplete: "off", spellcheck: "false" });
  input.addEventListener("input", () => {
    filter[key] = input.value;
    changed();
  });
  return { key, input, node: h("div.field.grow", h("label", { for: id }, label), input) };
}

/** The filter in words: on paper its controls are not there. */
function filterWords() {
  const words = [];
  if (filter.state !== "all") words.push(filter.state);
  if (filter.q) words.push(`with “${seen(filter.q)}”`);
  if (filter.path) words.push(`in ${seen(filter.path)}`);
  for (const name of FACET_NAMES) {
    const { title, words: texts } = FACETS[name];
    const values = [...chosen[name]].map((at) => (name === "license" ? licenseWords : seen)(texts[at]));
    if (values.length) words.push(`${title.toLowerCase()} ${values.join(" or ")}`);
  }
  return words.length ? `: ${words.join("; ")}` : "";
}

/** Why the list is empty. @param {boolean} filtered */
function emptyWords(filtered) {
  if (filtered) return "No finding matches the filters.";
  if (COUNT && filter.state === "open")
    return "No finding is open. Choose another state to see those that were decided or allowed.";
  if (COUNT) return "No finding is in this state.";
  const { checked, partly, not_checked: unchecked } = SUMMARY.coverage;
  if (!checked && !partly && !unchecked && DATA.exit_code === 0)
    return "No code was found, so there is nothing to list.";
  if (DATA.exit_code === 2 || !(checked + partly)) {
    return "No finding is listed, but not everything was checked: this does not mean that there is none.";
  }
  return "No finding: nothing in the index matches this code.";
}
