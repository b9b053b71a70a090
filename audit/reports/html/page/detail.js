// A finding opened: why, both texts, the decision, every source with every place, and what to do.

/** around: {previous, next, place} of the list it was opened from. */
function openFinding(row, { close, step, place }) {
  const title = `${ROWS.names[ROWS.name[row]]}:${linesWords(ROWS.start[row], ROWS.start[row] + ROWS.lines[row])}`;
  const content = h("div.detail", { "aria-busy": "true" }, h("p.muted", null, "Unpacking the texts"));
  const dialog = h(
    "dialog.drawer",
    { "aria-labelledby": "finding-title" },
    h(
      "header",
      null,
      h("h2", { id: "finding-title", tabindex: "-1" }, h("bdi", null, seen(title))),
      h(
        "div.tools",
        null,
        h("span.muted.small", null, place),
        button("Previous finding", { kind: "quiet", icon: "previous", only: true }, () => step(-1)),
        button("Next finding", { kind: "quiet", icon: "next", only: true }, () => step(1)),
        button("Close", { kind: "quiet", icon: "close", only: true }, () => dialog.close()),
      ),
    ),
    h("div.drawer-body", { tabindex: "-1" }, badges(row), content),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (!dialog.replaced) close();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("h2").focus();
  detailOf(row)
    .then((detail) => replace(content, detailNodes(row, detail)))
    .catch((error) => {
      if (!(error instanceof Missing)) throw error;
      replace(content, h("p.note.bad", { role: "alert" }, error.message), todo(row, null));
    })
    .finally(() => content.removeAttribute("aria-busy"));
  return dialog;
}

function badges(row) {
  const license = licenseWords(ROWS.licenses[ROWS.license[row]]);
  return h(
    "div.row",
    null,
    severityBadge(ROWS.severity[row]),
    verdictBadge(ROWS.verdicts[ROWS.verdict[row]]),
    badge(`Licence ${license}`, ROWS.conflict[row] || license === "not known" ? "warn" : "outline"),
    ROWS.conflict[row] ? badge("licence in conflict", "warn") : null,
    labelBadge(ROWS.labels[ROWS.label[row]]),
    h("span.muted.small", null, `${sure(ROWS.confidence[row] / 1000)} sure`),
  );
}

function detailNodes(row, detail) {
  const best = detail.sources[0];
  const place = best.places[best.cited];
  const decisive = detail.sources[detail.decided_by];
  // By its SWHID the next audit knows the source; what has to be reviewed is not settled by a name.
  const named = ROWS.verdicts[ROWS.verdict[row]] === "attribute" ? `  SWHID: ${decisive.document}\n` : "";
  const toPaste = decisive.notice + named;
  return [
    ruling(row, detail),
    h("section", { "aria-label": "Code" }, h("h3", null, "Side by side"), texts(row, detail, best, place)),
    h(
      "section",
      { "aria-label": "Sources" },
      h("h3", null, detail.sources.length > 1 ? `${count(detail.sources.length)} sources` : "Source"),
      detail.sources.map((source, at) => sourceNode(source, at, detail)),
    ),
    h(
      "section",
      { "aria-label": "Notice" },
      h("div.row.between", null, h("h3", null, "Text for a NOTICE file"), copyButton("Copy notice", toPaste)),
      h("pre.paste", { tabindex: "0", role: "region", "aria-label": "Text of the notice" }, seenLines(toPaste)),
    ),
    todo(row, detail),
  ];
}

const seenLines = (text) => text.split("\n").map(seenCode).join("\n");

function ruling(row, { reason, steps, decision, sources, decided_by, warnings }) {
  const words = {
    accepted: "The risk was accepted",
    dismissed: "Dismissed: it is no copy",
    attributed: "Its author is named",
  };
  return h(
    "section",
    { "aria-label": "Ruling" },
    h("p.reason", null, seen(reason)),
    h(
      "p.small.muted",
      null,
      "Rule ",
      h("code", null, seen(ROWS.rules[ROWS.rule[row]])),
      `, licence family ${seen(ROWS.families[ROWS.family[row]])}`,
      decided_by > 0 && `; decided by source ${decided_by + 1} of ${sources.length}`,
      ".",
    ),
    decision &&
      h(
        "div.note.good",
        null,
        h(
          "p",
          null,
          h("strong", null, words[decision.kind] ?? decision.kind),
          `: ${seen(decision.reason) || "no reason given"}`,
        ),
        h(
          "p.small",
          null,
          seen(
            [
              decision.where,
              decision.author && `by ${decision.author}`,
              decision.date && `on ${decision.date}`,
              decision.expires && `holds until ${decision.expires}`,
            ]
              .filter(Boolean)
              .join(", "),
          ),
        ),
      ),
    warnings.map((warning) => h("p.note.warn", null, seen(warning))),
    steps.length > 0 &&
      h(
        "details",
        null,
        h("summary", null, `How it was decided: ${plural(steps.length, "step")}`),
        h(
          "ol.steps",
          null,
          steps.map((one, at) => h("li", { class: at === steps.length - 1 ? "last" : "" }, seen(one))),
        ),
      ),
  );
}

function texts(row, detail, best, place) {
  const first = ROWS.start[row];
  const theirs = place ? `${place.repository} · ${place.path}` : best.document;
  const kind = KINDS[best.kind] ? best.kind : "similar";
  const shown = linesOf(detail.code).length;
  const all = ROWS.lines[row] + 1;
  return [
    h(
      "p.small.muted",
      null,
      `${plural(detail.tokens, "token")} match, ${percent(detail.containment)} of this code: ${KINDS[best.kind] ?? best.kind}.`,
      shown < all && ` The first ${count(shown)} of ${count(all)} lines are shown.`,
    ),
    !detail.source_code &&
      h("p.note.warn", null, "The text of the source was not to be had; the places below lead to it."),
    sides({
      code: detail.code,
      first,
      mine: ROWS.names[ROWS.name[row]],
      source: detail.source_code,
      sourceFirst: detail.source_line,
      theirs,
      kind,
    }),
  ];
}

function sourceNode(source, at, { sources, decided_by }) {
  const place = source.places[source.cited];
  const name = place ? link(place.url ?? place.origin, place.repository) : h("code", null, source.document);
  return h(
    "article.source",
    { class: `kind-${KINDS[source.kind] ? source.kind : "similar"}` },
    h(
      "h4",
      null,
      sources.length > 1 && `${at + 1}. `,
      name,
      sources.length > 1 &&
        at === decided_by &&
        badge("its licence decided", "outline", "The ruling is about the licence of this source"),
    ),
    facts([
      ["Match", [seen(source.kind), KINDS[source.kind]].filter(Boolean).join(": ")],
      [
        "Likeness",
        `${percent(source.similarity)} of the longer text; longest equal run ${plural(source.longest_run, "token")}`,
      ],
      ["Confidence", sure(source.confidence)],
      [
        "Lines",
        source.matches
          .slice(0, 8)
          .map(([a, b, c, d]) => `${linesWords(a, b)} here = ${linesWords(c, d)} there`)
          .join("; ") + (source.matches.length > 8 ? "; ..." : ""),
      ],
      ["Origin", seen(source.origin)],
      ["Near-equal files", source.near_equal > 1 ? count(source.near_equal) : null],
      ["Package", place?.purl && h("code.wrap", null, seen(place.purl))],
      ["SWHID", h("code.wrap", null, seen(place?.swhid ?? source.document))],
    ]),
    source.places
      .filter((one) => one.conflict)
      .slice(0, 3)
      .map((one) => h("p.note.warn", null, h("strong", null, "Licence in conflict: "), seen(one.conflict))),
    placesTable(source),
    sources.length > 1 && copyButton("Copy notice", source.notice),
  );
}

function placesTable(source) {
  const { places, places_total: total } = source;
  if (!places.length) return h("p.note", null, "No place of it is known any more.");
  const columns = [
    [
      "Repository",
      (one) => [
        link(one.url ?? one.origin, one.repository),
        one.vendored && [" ", badge("vendored", "", "Known to be a copy of a third party's file")],
      ],
    ],
    [
      "File",
      (one) => h("code.wrap", null, h("bdi", null, seen(one.path)), one.lines && `:${linesWords(...one.lines)}`),
    ],
    [
      "Licence, read from",
      (one) => [
        licenseWords(one.license),
        h("span.muted", null, `, ${seen(one.evidence)} `),
        one.conflict && badge("conflict", "warn", seen(one.conflict)),
      ],
    ],
    ["Revision", (one) => one.revision && h("code", { title: seen(one.revision) }, seen(one.revision.slice(0, 12)))],
    ["Date", (one) => one.date && seen(one.date.slice(0, 10))],
    ["Stars", (one) => one.stars !== null && count(one.stars)],
  ].filter(([, cell]) => places.some((one) => cell(one))); // what is known of no place has no column
  return table({
    caption:
      total > places.length
        ? `${count(places.length)} of ${plural(total, "place")} where it was seen`
        : `${plural(total, "place")} where it was seen`,
    heads: columns.map(([head]) => head),
    rows: places.map((one) => columns.map(([, cell]) => cell(one))),
  });
}

function todo(row, detail) {
  const id = IDS[row];
  const explain = `whence audit --explain ${id}`;
  const plain = /^\w+$/.test(id); // ours are; a command of anything else is not offered to be copied
  const verdict = ROWS.verdicts[ROWS.verdict[row]];
  const open = ROWS.severity[row] > 0 && !ROWS.decision[row];
  const document = detail?.sources[detail.decided_by].document;
  return h(
    "section",
    { "aria-label": "What to do" },
    h("h3", null, "What to do"),
    h(
      "dl.facts.todo",
      null,
      h("dt", null, "This finding"),
      h("dd.row", null, h("code", null, seen(id)), copyButton("Copy id", id)),
      plain && [
        h("dt", null, "Ask why"),
        h(
          "dd.row",
          null,
          h("code", null, explain),
          copyButton("Copy command", explain),
          h("span.small.muted", null, "with the paths and options of this audit"),
        ),
      ],
      open &&
        verdict === "attribute" && [
          h("dt", null, "Name the author"),
          h(
            "dd",
            null,
            "Paste the notice into the project's NOTICE file",
            document && [", or cite the source in a comment above the code: ", h("code.wrap", null, seen(document))],
            ". The next audit finds it attributed.",
          ),
        ],
      open && [
        h("dt", null, "Replace"),
        h("dd", null, "Write code of your own in its place, or use the project as a dependency under its licence."),
        h("dt", null, "Accept"),
        h(
          "dd",
          null,
          "In the code, a comment ",
          h("code", null, "whence: ignore <reason>"),
          ". For all that is open, ",
          h("code", null, "--write-baseline --reason <reason>"),
          " writes a baseline into the repository.",
        ),
      ],
    ),
  );
}
