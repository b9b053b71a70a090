// Which findings are listed, and in which order. The address keeps it, so that a link shows the same.
import { COUNT, IDS, ROWS, SEVERITIES } from "./data.js";
import { STATES } from "./words.js";

/** @typedef {"severity" | "verdict" | "label" | "family" | "license" | "project"} FacetName */
/** @typedef {{ title: string, column: number[], words: string[], order?: number[] }} Facet */

/**
 * What the charts count: the value of each row, the words for the values, and their order in a chart.
 * @type {Record<FacetName, Facet>}
 */
export const FACETS = {
  severity: { title: "Severity", column: ROWS.severity, words: SEVERITIES, order: [3, 2, 1, 0] },
  verdict: { title: "Verdict", column: ROWS.verdict, words: ROWS.verdicts, order: [3, 2, 1, 0] },
  label: { title: "Match", column: ROWS.label, words: ROWS.labels, order: [4, 3, 2, 1, 0] },
  family: { title: "Licence family", column: ROWS.family, words: ROWS.families },
  license: { title: "Licence", column: ROWS.license, words: ROWS.licenses },
  project: { title: "Source project", column: ROWS.repository, words: ROWS.repositories },
};
export const FACET_NAMES = /** @type {FacetName[]} */ (Object.keys(FACETS));
export const STATE_FILTERS = ["open", "decided", "allowed", "all"];

export const filter = { view: "findings", q: "", path: "", state: "open", sort: "severity", down: true, finding: "" };
/** @type {{ q: string, states: Set<string>, sort: string, down: boolean }} */
export const fileFilter = { q: "", states: new Set(), sort: "state", down: true };
/** The values chosen in each chart. @type {Record<FacetName, Set<number>>} */
export const chosen = {
  severity: new Set(),
  verdict: new Set(),
  label: new Set(),
  family: new Set(),
  license: new Set(),
  project: new Set(),
};

/** Reads the address; values that no row has are ignored. */
export function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  /** @param {string} key @param {string[]} all @param {string} otherwise */
  const among = (key, all, otherwise) => all.find((value) => value === given.get(key)) ?? otherwise;
  filter.view = among("view", ["findings", "files", "run"], "findings");
  filter.q = given.get("q") ?? "";
  filter.path = given.get("path") ?? "";
  filter.state = among("state", STATE_FILTERS, "open");
  filter.finding = among("finding", IDS, "");
  [filter.sort, filter.down] = sortOf(given.get("sort"), Object.keys(SORTS), "severity");
  for (const name of FACET_NAMES) {
    const { words } = FACETS[name];
    chosen[name] = new Set(
      given
        .getAll(name)
        .map((word) => words.indexOf(word))
        .filter((at) => at >= 0),
    );
  }
  fileFilter.q = given.get("file") ?? "";
  fileFilter.states = new Set(given.getAll("is").filter((word) => STATES.includes(word)));
  [fileFilter.sort, fileFilter.down] = sortOf(
    given.get("files"),
    ["name", "state", "reason", "language", "lines", "open"],
    "state",
  );
}

/**
 * Column and whether downwards, from "column" or "column-".
 * @param {string | null} text @param {string[]} columns @param {string} otherwise
 * @returns {[string, boolean]}
 */
function sortOf(text, columns, otherwise) {
  const [, column, way] = /^(\w+)(-?)$/.exec(text ?? "") ?? [];
  return columns.includes(column) ? [column, way === "-"] : [otherwise, true];
}

/**
 * The fragment for the present state, without what is at its default.
 * @param {Partial<typeof filter>} [changes]
 */
export function address(changes = {}) {
  const now = { ...filter, ...changes };
  const out = new URLSearchParams();
  /** @param {string} key @param {string} value @param {string} otherwise */
  const put = (key, value, otherwise) => value !== otherwise && out.append(key, value);
  put("view", now.view, "findings");
  put("q", now.q, "");
  put("path", now.path, "");
  put("state", now.state, "open");
  put("sort", now.sort + (now.down ? "-" : ""), "severity-");
  for (const name of FACET_NAMES) for (const at of chosen[name]) out.append(name, FACETS[name].words[at]);
  put("file", fileFilter.q, "");
  for (const word of fileFilter.states) out.append("is", word);
  put("files", fileFilter.sort + (fileFilter.down ? "-" : ""), "state-");
  put("finding", now.finding, "");
  return `#${out}`;
}

/** What words are searched in, by row; filled by the first search. @type {string[]} */
const searchTexts = [];

/** @param {number} row */
function searchText(row) {
  searchTexts[row] ??= [
    `${ROWS.names[ROWS.name[row]]}:${ROWS.start[row]}`,
    ROWS.licenses[ROWS.license[row]],
    `${ROWS.repositories[ROWS.repository[row]]}/${ROWS.paths[ROWS.path[row]]}`,
    ROWS.rules[ROWS.rule[row]],
    ROWS.labels[ROWS.label[row]],
    IDS[row],
  ]
    .join("\n")
    .toLowerCase();
  return searchTexts[row];
}

/** Whether a name has a part, or fits a pattern with * and **. @param {string} text @returns {(name: string) => boolean} */
function pathTest(text) {
  if (!text.includes("*")) {
    const part = text.toLowerCase();
    return (name) => name.toLowerCase().includes(part);
  }
  const pattern = text
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+\/?/g, (stars) => (stars.startsWith("**") ? ".*" : stars.replace("*", "[^/]*")));
  const regex = new RegExp(`^${pattern}$`, "iu");
  return (name) => regex.test(name);
}

/** The rows to list, in order, and how many rows each choice would list. */
export function matching() {
  const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = filter.path.trim();
  const names = wanted ? ROWS.names.map(pathTest(wanted)) : null;
  const counts = /** @type {Record<FacetName, Uint32Array>} */ (
    Object.fromEntries(FACET_NAMES.map((name) => [name, new Uint32Array(FACETS[name].words.length)]))
  );
  /** @type {Record<string, number>} */
  const states = { open: 0, decided: 0, allowed: 0, all: 0 };
  const rows = [];
  for (const row of ordered()) {
    if (names && !names[ROWS.name[row]]) continue;
    if (words.length && !words.every((word) => searchText(row).includes(word))) continue;
    const state = ROWS.decision[row] ? "decided" : ROWS.severity[row] ? "open" : "allowed";
    let failed = 0;
    let failing = FACET_NAMES[0];
    for (const name of FACET_NAMES) {
      if (chosen[name].size && !chosen[name].has(FACETS[name].column[row])) {
        failed += 1;
        failing = name;
      }
    }
    if (!failed) {
      states[state] += 1;
      states.all += 1;
    }
    if (filter.state !== "all" && state !== filter.state) continue;
    if (!failed) {
      rows.push(row);
      for (const name of FACET_NAMES) counts[name][FACETS[name].column[row]] += 1;
    } else if (failed === 1) counts[failing][FACETS[failing].column[row]] += 1;
  }
  return { rows, counts, states };
}

export const collator = new Intl.Collator("en", { numeric: true });

/** The rank of each text in alphabetical order. @param {string[]} texts */
function ranks(texts) {
  const sorted = [...texts.keys()].sort((a, b) => collator.compare(texts[a], texts[b]));
  const rank = new Uint32Array(texts.length);
  sorted.forEach((text, at) => {
    rank[text] = at;
  });
  return rank;
}

/** @param {string[]} texts @param {number[]} column @returns {() => (row: number) => number} */
const byText = (texts, column) => () => {
  const rank = ranks(texts);
  return (row) => rank[column[row]];
};

/**
 * By column, a function that makes the number that rows are compared by.
 * @type {Record<string, () => (row: number) => number>}
 */
const SORTS = {
  severity: () => (row) => ROWS.severity[row],
  name: byText(ROWS.names, ROWS.name),
  verdict: () => (row) => ROWS.verdict[row],
  license: byText(ROWS.licenses, ROWS.license),
  source: () => {
    const repositories = ranks(ROWS.repositories);
    const paths = ranks(ROWS.paths);
    return (row) => repositories[ROWS.repository[row]] * ROWS.paths.length + paths[ROWS.path[row]];
  },
  label: () => (row) => ROWS.label[row],
  confidence: () => (row) => ROWS.confidence[row],
  state: () => (row) => (ROWS.severity[row] ? 9 : 0) - ROWS.decision[row],
};

let order = { key: "", rows: new Uint32Array() };

function ordered() {
  const key = `${filter.sort}${filter.down}`;
  if (order.key !== key) {
    const sortValue = SORTS[filter.sort]();
    const values = Float64Array.from({ length: COUNT }, (_, row) => sortValue(row));
    const way = filter.down ? -1 : 1;
    const rows = Uint32Array.from({ length: COUNT }, (_, row) => row);
    rows.sort((a, b) => way * (values[a] - values[b]) || a - b); // else as the run found them
    order = { key, rows };
  }
  return order.rows;
}
