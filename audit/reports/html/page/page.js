// The page put together: what is written in the address is what is shown.

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

function findingCells(row) {
  const first = ROWS.start[row];
  const license = licenseWords(ROWS.licenses[ROWS.license[row]]);
  const repository = ROWS.repositories[ROWS.repository[row]];
  const path = ROWS.paths[ROWS.path[row]];
  const state = stateOf(row);
  return [
    severityBadge(ROWS.severity[row]),
    pathNode(ROWS.names[ROWS.name[row]], linesWords(first, first + ROWS.lines[row])),
    verdictBadge(ROWS.verdicts[ROWS.verdict[row]]),
    h(
      "span.clip",
      { title: license, class: ROWS.conflict[row] || license === "not known" ? "doubt" : "" },
      h("bdi", null, license),
      ROWS.conflict[row] ? ", conflict" : null,
    ),
    h(
      "span.clip",
      { title: seen(`${repository} ${path}`) },
      h("bdi", null, seen(repository)),
      " ",
      h("bdi.muted", null, seen(path)),
      ROWS.sources[row] > 1 ? h("span.muted", null, ` +${ROWS.sources[row] - 1}`) : null,
    ),
    labelBadge(ROWS.labels[ROWS.label[row]]),
    sure(ROWS.confidence[row] / 1000),
    h("span", { class: `is-${state}` }, state),
  ];
}

function makeFindings() {
  let rows = [];
  let dialog = null;
  const charts = FACET_NAMES.map((name) => [name, makeChart(name, show)]);
  const found = h("p.found");
  const empty = h("div.empty", { hidden: true });
  const fields = [
    ["q", "Words", "finding-text"],
    ["path", "Path: a part, or a pattern like src/**/*.py", "finding-path"],
  ].map(([key, label, id]) => {
    const input = h("input.input", { type: "search", id, autocomplete: "off", spellcheck: "false" });
    input.addEventListener("input", () => {
      filter[key] = input.value;
      show();
    });
    return { key, input, node: h("div.field.grow", null, h("label", { for: id }, label), input) };
  });
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
    COLUMNS.flatMap(({ key, title }) => [
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
    open: (row) => go({ finding: IDS[row] }, true),
    sort(key) {
      filter.down = filter.sort === key ? !filter.down : ["severity", "verdict", "label", "confidence"].includes(key);
      filter.sort = key;
      show();
    },
    sorted: () => [filter.sort, filter.down],
  });
  const folded = h(
    "details.charts-fold",
    { open: matchMedia("(min-width: 721px)").matches },
    h("summary", null, "Charts: choose what is listed"),
    h(
      "div.charts",
      null,
      charts.map(([, chart]) => chart.node),
    ),
  );
  const node = h(
    "div.panel",
    null,
    h("h2.vh", null, "Findings"),
    COUNT > 0 && folded,
    h(
      "div.filters",
      { role: "search", "aria-label": "Filter findings", hidden: !COUNT },
      fields.map((one) => one.node),
      h(
        "div.field",
        { role: "group", "aria-label": "State" },
        h("span.label", { "aria-hidden": "true" }, "State"),
        h(
          "div.segments",
          null,
          states.map((one) => one.toggle),
        ),
      ),
      h("div.field.only-narrow", null, h("label", { for: "finding-sort" }, "Sorted by"), sorting),
    ),
    h("div.row.between.over-list", { hidden: !COUNT }, found, reset),
    empty,
    grid.node,
  );

  function show() {
    keepAddress();
    const result = matching();
    rows = result.rows;
    for (const { key, input } of fields) if (input.value !== filter[key]) input.value = filter[key];
    for (const { word, toggle, figure } of states) {
      toggle.setAttribute("aria-pressed", filter.state === word);
      figure.textContent = count(result.states[word]);
    }
    for (const [name, chart] of charts) chart.show(result.counts[name]);
    sorting.value = filter.sort + (filter.down ? "-" : "");
    const filtered = filter.q || filter.path || FACET_NAMES.some((name) => chosen[name].size);
    reset.hidden = !filtered && filter.state === "open";
    const total = `${count(rows.length)} of ${plural(COUNT, "finding")}`;
    replace(found, total, h("span", null, filterWords()));
    say(total);
    empty.hidden = rows.length > 0;
    replace(empty, emptyWords(filtered));
    grid.show(rows);
  }

  /** The finding that the address names, opened; or none. */
  function showFinding() {
    const row = IDS.indexOf(filter.finding);
    if (dialog) {
      dialog.replaced = true; // its closing is told later
      dialog.close();
      dialog = null;
    }
    if (row < 0) return;
    const at = rows.indexOf(row);
    dialog = openFinding(row, {
      place: at < 0 ? "" : `${count(at + 1)} of ${count(rows.length)}`,
      step: (by) => rows.length && go({ finding: IDS[rows[(at + by + rows.length) % rows.length]] }, false),
      close() {
        dialog = null;
        go({ finding: "" }, false);
        grid.focus(row);
      },
    });
  }

  return { node, show, showFinding };
}

/** What the list is limited to, in words: who reads it on paper sees no filters. */
function filterWords() {
  const words = [];
  if (filter.state !== "all") words.push(filter.state);
  if (filter.q) words.push(`with “${seen(filter.q)}”`);
  if (filter.path) words.push(`in ${seen(filter.path)}`);
  for (const name of FACET_NAMES) {
    const values = [...chosen[name]].map((at) => (name === "license" ? licenseWords : seen)(FACETS[name].words[at]));
    if (values.length) words.push(`${FACETS[name].title.toLowerCase()} ${values.join(" or ")}`);
  }
  return words.length ? `: ${words.join("; ")}` : "";
}

function emptyWords(filtered) {
  if (filtered) return h("p", null, "No finding is like that.");
  if (COUNT)
    return h(
      "p",
      null,
      filter.state === "open"
        ? "No finding is open. Those that were decided or allowed are listed under their state."
        : "There is none in this state.",
    );
  const { checked, partly, not_checked: not } = SUMMARY.coverage;
  if (!checked && !partly && !not && DATA.exit_code === 0)
    return h("p", null, "Nothing was met that is code, so there is nothing to list.");
  return h(
    "p",
    null,
    DATA.exit_code === 2 || !(checked + partly)
      ? "No finding is listed, but not all was checked: this does not mean that there is none."
      : "No finding: nothing in the index matches this code.",
  );
}

// ---- the top ----

const COVERED = [
  ["not_checked", "not checked"],
  ["partly", "partly checked"],
  ["checked", "checked"],
  ["left_out", "left out"],
];

function heroMore() {
  const coverage = SUMMARY.coverage;
  const asked = coverage.checked + coverage.partly + coverage.not_checked;
  const present = COVERED.filter(([key]) => coverage[key]);
  const bar =
    asked > 0 &&
    h(
      "div.cover",
      { "aria-hidden": "true" },
      present
        .filter(([key]) => key !== "left_out")
        .map(([key, word]) =>
          h("span", { class: `state-${word.replace(" ", "-")}`, style: { "flex-grow": coverage[key] } }),
        ),
    );
  const legend = h(
    "div.row",
    null,
    present.map(([key, word]) => {
      const choose = button(
        `${count(coverage[key])} ${word}`,
        { kind: `small legend state-${word.replace(" ", "-")}` },
        () => {
          fileFilter.states = new Set([word]);
          fileFilter.q = "";
          go({ view: "files" }, true);
        },
      );
      return choose;
    }),
  );
  const worst = [...DATA.unchecked].sort((a, b) => WORST[b[AT.state]] - WORST[a[AT.state]]).slice(0, 5);
  return [
    worst.length > 0 &&
      h(
        "ul.unchecked",
        { "aria-label": "Not checked, or not wholly" },
        worst.map(([name, state, reason]) =>
          h(
            "li",
            null,
            h("strong", null, `${capital(seen(state))}: `),
            h("bdi.mono", null, seen(name)),
            reason && `, ${seen(reason)}`,
          ),
        ),
      ),
    !worst.length &&
      SUMMARY.problems.length > 0 &&
      h(
        "ul.unchecked",
        { "aria-label": "Problems" },
        SUMMARY.problems.slice(0, 5).map((one) => h("li", null, seen(one))),
      ),
    h("div.covered", null, legend, bar),
    SUMMARY.stale.length > 0 &&
      h(
        "p.small",
        null,
        h(
          "a",
          { href: "#view=run" },
          `${plural(SUMMARY.stale.length, "decision")} no longer ${SUMMARY.stale.length === 1 ? "applies" : "apply"}`,
        ),
      ),
  ];
}

// ---- views and address ----

const view = document.getElementById("view");
const VIEWS = [
  ["findings", "Findings"],
  ["files", "Files"],
  ["run", "Run"],
];
const tabs = VIEWS.map(([name, title]) => [
  name,
  h(
    "a",
    {
      on: {
        click: (event) => {
          event.preventDefault();
          go({ view: name, finding: "" }, true);
        },
      },
    },
    title,
    name === "run" ? null : h("span.figure", null, count(name === "files" ? DATA.files : COUNT)),
  ),
]);
let panels = null;
let shownView = "";

function keepAddress() {
  const now = address();
  if (now !== (location.hash || "#")) history.replaceState(null, "", now);
  for (const [name, tab] of tabs) tab.setAttribute("href", address({ view: name, finding: "" }));
}

/** Changes the state; `remembered` in the history, so that Back undoes it. */
function go(changes, remembered) {
  Object.assign(filter, changes);
  if (remembered) history.pushState(null, "", address());
  else keepAddress();
  render();
}

function render() {
  const { view: name } = filter;
  for (const [tab, node] of tabs) node.setAttribute("aria-current", tab === name ? "page" : "false");
  if (shownView !== name) {
    shownView = name;
    replace(view, name === "run" ? runView() : panels[name].node);
    if (name === "run") keepAddress();
    else panels[name].show();
  }
  panels.findings.showFinding();
}

function start() {
  readAddress();
  panels = {
    findings: makeFindings(),
    files: makeFiles((changes) => {
      if (changes?.path === undefined) return keepAddress();
      go({ view: "findings", path: changes.path, q: "", state: "all" }, true);
    }),
  };
  replace(
    document.getElementById("views"),
    tabs.map(([, tab]) => tab),
  );
  replace(document.getElementById("hero-more"), heroMore());
  render();
  addEventListener("popstate", () => {
    readAddress();
    shownView = "";
    render();
  });
  addEventListener("hashchange", () => {
    if (location.hash === address() || (!location.hash && address() === "#")) return;
    readAddress();
    shownView = "";
    render();
  });
  parsed.then(() => {
    if (document.getElementById("end")) return;
    document
      .getElementById("view")
      .before(
        h(
          "p.note.bad",
          { role: "alert" },
          "This file is not complete: it was cut off when it was saved or sent. Some texts are missing.",
        ),
      );
  });
}

start();
