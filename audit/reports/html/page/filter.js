// Which findings are shown, in which order; kept in the address, so that it can be sent and reloaded.

// What is told apart, each with the values of the rows and the words for them, worst first.
const FACETS = {
  severity: { title: "Severity", column: ROWS.severity, words: SEVERITIES, order: [3, 2, 1, 0] },
  verdict: { title: "Verdict", column: ROWS.verdict, words: ROWS.verdicts, order: [3, 2, 1, 0] },
  label: { title: "Match", column: ROWS.label, words: ROWS.labels, order: [4, 3, 2, 1, 0] },
  family: { title: "Licence family", column: ROWS.family, words: ROWS.families },
  license: { title: "Licence", column: ROWS.license, words: ROWS.licenses },
};
const FACET_NAMES = Object.keys(FACETS);
const STATE_FILTERS = ["open", "decided", "allowed", "all"];

const filter = { view: "findings", q: "", path: "", state: "open", sort: "severity", down: true, finding: "" };
const fileFilter = { q: "", states: new Set(), sort: "state", down: true };
const chosen = Object.fromEntries(FACET_NAMES.map((name) => [name, new Set()]));

/** Reads the address. Values that no row has are kept out. */
function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  const among = (key, all, otherwise) => (all.includes(given.get(key)) ? given.get(key) : otherwise);
  filter.view = among("view", ["findings", "files", "run"], "findings");
  filter.q = given.get("q") ?? "";
  filter.path = given.get("path") ?? "";
  filter.state = among("state", STATE_FILTERS, "open");
  filter.finding = IDS.includes(given.get("finding")) ? given.get("finding") : "";
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

function sortOf(text, columns, otherwise) {
  const [, column, way] = /^(\w+)(-?)$/.exec(text ?? "") ?? [];
  return columns.includes(column) ? [column, way === "-"] : [otherwise, true];
}

/** The fragment of the present state, without what is as it is at first. */
function address(changes = {}) {
  const now = { ...filter, ...changes };
  const out = new URLSearchParams();
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

let haystack = null; // what the words are looked for in, by row; made at the first search

function hayOf(row) {
  haystack ??= new Array(COUNT);
  haystack[row] ??= [
    `${ROWS.names[ROWS.name[row]]}:${ROWS.start[row]}`,
    ROWS.licenses[ROWS.license[row]],
    `${ROWS.repositories[ROWS.repository[row]]}/${ROWS.paths[ROWS.path[row]]}`,
    ROWS.rules[ROWS.rule[row]],
    ROWS.labels[ROWS.label[row]],
    IDS[row],
  ]
    .join("\n")
    .toLowerCase();
  return haystack[row];
}

/** What a path is asked for with: a part of it, or a pattern with * and **. */
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

/** {rows, counts, states}: rows shown, in order; and what each choice would show. */
function matching() {
  const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = filter.path.trim();
  const names = wanted ? ROWS.names.map(pathTest(wanted)) : null;
  const counts = Object.fromEntries(FACET_NAMES.map((name) => [name, new Uint32Array(FACETS[name].words.length)]));
  const states = { open: 0, decided: 0, allowed: 0, all: 0 };
  const rows = [];
  for (const row of ordered()) {
    if (names && !names[ROWS.name[row]]) continue;
    if (words.length && !words.every((word) => hayOf(row).includes(word))) continue;
    const state = ROWS.decision[row] ? "decided" : ROWS.severity[row] ? "open" : "allowed";
    let failed = 0;
    let which = "";
    for (const name of FACET_NAMES) {
      if (chosen[name].size && !chosen[name].has(FACETS[name].column[row])) {
        failed += 1;
        which = name;
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
    } else if (failed === 1) counts[which][FACETS[which].column[row]] += 1;
  }
  return { rows, counts, states };
}

const collator = new Intl.Collator("en", { numeric: true });

/** The place of each text among all of them in alphabetical order. */
function ranks(texts) {
  const sorted = [...texts.keys()].sort((a, b) => collator.compare(texts[a], texts[b]));
  const rank = new Uint32Array(texts.length);
  sorted.forEach((text, at) => (rank[text] = at));
  return rank;
}

const byText = (texts, column) => () => {
  const rank = ranks(texts);
  return (row) => rank[column[row]];
};

// Each gives what rows are compared by; made once, when first needed.
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

let order = { key: "", rows: [] };

function ordered() {
  const key = `${filter.sort}${filter.down}`;
  if (order.key !== key) {
    const of = SORTS[filter.sort]();
    const values = Float64Array.from({ length: COUNT }, (_, row) => of(row));
    const way = filter.down ? -1 : 1;
    const rows = Uint32Array.from({ length: COUNT }, (_, row) => row);
    rows.sort((a, b) => way * (values[a] - values[b]) || a - b); // else as the run found them
    order = { key, rows };
  }
  return order.rows;
}
