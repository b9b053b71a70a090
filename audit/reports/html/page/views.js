// The views beside the findings: the files with their states, and the run.

const FILE_COLUMNS = [
  { key: "state", title: "State" },
  { key: "name", title: "File" },
  { key: "reason", title: "Reason" },
  { key: "language", title: "Language" },
  { key: "lines", title: "Lines" },
  { key: "open", title: "Findings" },
];
const AT = { name: 0, state: 1, reason: 2, language: 3, lines: 4, open: 5, decided: 6, allowed: 7 };
const WORST = { "not checked": 3, "partly checked": 2, "left out": 1, checked: 0 };

function makeFiles(moved) {
  let rows = DATA.unchecked;
  const note = h("p.note.warn", { hidden: true, role: "alert" });
  const empty = h("p.empty", { hidden: true }, "No file is like that.");
  const found = h("p.found");
  const grid = makeGrid({
    label: "Files",
    kind: "grid-files",
    columns: FILE_COLUMNS,
    cells: fileCells,
    open: (row) => row[AT.open] + row[AT.decided] + row[AT.allowed] > 0 && moved({ path: row[AT.name] }),
    sort(key) {
      fileFilter.down = fileFilter.sort === key ? !fileFilter.down : ["state", "lines", "open"].includes(key);
      fileFilter.sort = key;
      show();
    },
    sorted: () => [fileFilter.sort, fileFilter.down],
  });
  const text = h("input.input", { type: "search", id: "file-text", autocomplete: "off", spellcheck: "false" });
  text.addEventListener("input", () => {
    fileFilter.q = text.value;
    show();
  });
  const states = STATES.map((word) => {
    const toggle = button(capital(word), { kind: "small" }, () => {
      if (!fileFilter.states.delete(word)) fileFilter.states.add(word);
      show();
    });
    return { word, toggle };
  });
  const node = h(
    "div.panel",
    null,
    h("h2.vh", null, "Files"),
    h(
      "div.filters",
      { role: "search", "aria-label": "Filter files" },
      h("div.field.grow", null, h("label", { for: "file-text" }, "Path or reason"), text),
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
    ),
    found,
    note,
    empty,
    grid.node,
  );

  function show() {
    moved();
    if (text.value !== fileFilter.q) text.value = fileFilter.q;
    for (const { word, toggle } of states) toggle.setAttribute("aria-pressed", fileFilter.states.has(word));
    const words = fileFilter.q.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = rows.filter((row) => {
      if (fileFilter.states.size && !fileFilter.states.has(row[AT.state])) return false;
      const hay = `${row[AT.name]}\n${row[AT.reason]}\n${row[AT.language] ?? ""}`.toLowerCase();
      return words.every((word) => hay.includes(word));
    });
    const at = AT[fileFilter.sort];
    const value = fileFilter.sort === "state" ? (row) => WORST[row[at]] : (row) => row[at] ?? "";
    const compare =
      typeof value(shown[0] ?? []) === "number"
        ? (a, b) => value(a) - value(b)
        : (a, b) => collator.compare(value(a), value(b));
    shown.sort(fileFilter.down ? (a, b) => compare(b, a) : compare);
    empty.hidden = shown.length > 0;
    replace(found, `${count(shown.length)} of ${plural(DATA.files, "file")}`);
    say(found.textContent);
    grid.show(shown);
  }

  return {
    node,
    show() {
      show();
      allFiles().then(
        (all) => {
          if (rows === all) return;
          rows = all;
          show();
        },
        (error) => {
          if (!(error instanceof Missing)) throw error;
          note.hidden = false;
          replace(note, `${error.message} Listed are only files that were not checked, or not wholly.`);
        },
      );
    },
  };
}

function fileCells(row) {
  const [name, state, reason, language, lines, open, decided, allowed] = row;
  const closed = [decided && `${count(decided)} decided`, allowed && `${count(allowed)} allowed`]
    .filter(Boolean)
    .join(", ");
  return [
    h("span.state", { class: `state-${state.replace(" ", "-")}` }, seen(state)),
    pathNode(name),
    h("span.clip", { title: seen(reason) }, seen(reason)),
    seen(language ?? ""),
    state === "left out" || state === "not checked" ? "" : count(lines),
    h(
      "span",
      null,
      open > 0 && h("strong", null, count(open)),
      closed && h("span.muted", null, open > 0 && ", ", closed),
    ),
  ];
}

/** A path that is cut in its folders, never in its name. */
function pathNode(name, lines = "") {
  const cut = name.lastIndexOf("/") + 1;
  return h(
    "span.path",
    { title: seen(name) },
    cut > 0 && h("span.folder", null, h("bdi", null, seen(name.slice(0, cut)))),
    h("span.base", null, h("bdi", null, seen(name.slice(cut)))),
    lines && h("span.lines", null, `:${lines}`),
  );
}

function runView() {
  const { coverage, index, stale, problems } = SUMMARY;
  const codes = { 0: "0: clean", 1: "1: findings at or over the threshold", 2: "2: not all could be checked" };
  const total = (counts) =>
    Object.entries(counts)
      .map(([word, number]) => `${count(number)} ${seen(word)}`)
      .join(", ") || "none";
  const left = Object.entries(coverage.left_out_by).sort((a, b) => b[1] - a[1]);
  return h(
    "div.panel.run",
    null,
    h("h2.vh", null, "Run"),
    problems.length > 0 &&
      h(
        "section",
        null,
        h("h3", null, "What kept this audit from being complete"),
        h(
          "ul.bullets",
          null,
          problems.map((one) => h("li", null, seen(one))),
        ),
      ),
    h(
      "div.columns",
      null,
      h(
        "section",
        null,
        h("h3", null, "Audit"),
        facts([
          ["Of", h("bdi", null, seen(SUMMARY.root))],
          ["Begun", seen(SUMMARY.began)],
          ["Took", `${SUMMARY.seconds.toFixed(1)} s`],
          ["Tool", seen(SUMMARY.tool)],
          ["Policy", seen(SUMMARY.policy)],
          [
            "Fails on",
            SUMMARY.fail_on === null
              ? "nothing: it only reports"
              : `${SEVERITIES[SUMMARY.fail_on]} or worse; ${count(SUMMARY.max_findings)} may stay`,
          ],
          ["Over the threshold", count(DATA.over)],
          ["Exit code", codes[DATA.exit_code]],
          ["Open", total(SUMMARY.open)],
          ["Decided", total(SUMMARY.decided)],
        ]),
      ),
      h(
        "section",
        null,
        h("h3", null, "Coverage"),
        facts([
          ["Checked", plural(coverage.checked, "file")],
          ["Too short", coverage.too_short ? `${plural(coverage.too_short, "file")}: no finding is possible` : null],
          ["Partly checked", plural(coverage.partly, "file")],
          ["Not checked", plural(coverage.not_checked, "file")],
          ["Left out", plural(coverage.left_out, "file")],
          ["Lines judged", count(coverage.lines)],
          [
            "Lines in findings",
            coverage.lines
              ? `${count(coverage.lines_matched)} (${((100 * coverage.lines_matched) / coverage.lines).toFixed(1)}%)`
              : "0",
          ],
          ["Bytes", count(coverage.bytes)],
          ["Known from before", coverage.from_cache ? plural(coverage.from_cache, "file") : null],
        ]),
      ),
      h(
        "section",
        null,
        h("h3", null, "Index"),
        index
          ? facts([
              ["Name", seen(index.name)],
              ["Date", seen(index.date)],
              ["Documents", count(index.documents)],
              ["Places", count(index.occurrences)],
              ["Languages", count(index.languages)],
              ["Opt-outs applied", count(index.opt_outs)],
              ["Version", h("code.wrap", null, seen(index.version))],
            ])
          : h("p.note.bad", null, "The index could not be opened: nothing was compared."),
      ),
    ),
    left.length > 0 &&
      h(
        "section",
        null,
        h("h3", null, "Left out, by reason"),
        table({
          caption: `${plural(coverage.left_out, "file")} left out`,
          heads: ["Reason", "Files"],
          rows: left.map(([reason, number]) => [seen(reason), count(number)]),
        }),
      ),
    h(
      "section",
      null,
      h("h3", null, "Decisions that no longer apply"),
      stale.length
        ? table({
            caption: plural(stale.length, "decision"),
            heads: ["Written in", "For", "Why it no longer applies"],
            rows: stale.map((one) => [seen(one.where), seen(one.what), seen(one.why)]),
          })
        : h("p.muted", null, "None."),
    ),
    h(
      "section",
      null,
      h("h3", null, "What this does not tell"),
      h(
        "ul.bullets",
        null,
        h(
          "li",
          null,
          "It is no legal advice. Licences are read from files, packages and data sets, which can be wrong.",
        ),
        h(
          "li",
          null,
          "It does not know every source: only what the index holds, at its date. Code from elsewhere is not found.",
        ),
        h(
          "li",
          null,
          "It cannot tell independent creation: equal code may have been written twice. Code that stands everywhere is not reported.",
        ),
      ),
    ),
  );
}
