// An opened finding: why, both texts, the decision, every source with its occurrences, what to do.
import { h, replace } from "../../../../attribution/reports/page/dom.js";
import { count, lineRange, percent, plural, sure } from "../../../../attribution/reports/page/format.js";
import { sides } from "../../../../attribution/reports/page/sides.js";
import { alignedRows, linesOf } from "./align.js";
import { detailOf, IDS, Missing, ROWS } from "./data.js";
import { badge, button, copyButton, seen, seenCode } from "./elements.js";
import { sourceNode } from "./source.js";
import { kindMeaning, labelBadge, licenseWords, severityBadge, verdictBadge } from "./words.js";

/** @typedef {import("../../../../attribution/reports/page/dom.js").Children} Children */

/**
 * Opens the drawer of a finding.
 * @param {number} row
 * @param {object} options
 * @param {() => void} options.closed is called when the user closed it
 * @param {(by: number) => void} options.step goes to another finding of the list
 * @param {string} options.position of the finding in the list
 */
export function openFinding(row, { closed, step, position }) {
  const title = `${ROWS.names[ROWS.name[row]]}:${lineRange(ROWS.start[row], ROWS.start[row] + ROWS.lines[row])}`;
  const content = h("div.detail", { "aria-busy": "true" }, h("p.muted", "Unpacking the texts"));
  const heading = h("h2", { id: "finding-title", tabindex: "-1" }, h("bdi", seen(title)));
  /** @type {HTMLDialogElement} */
  const dialog = h(
    "dialog.drawer",
    { "aria-labelledby": "finding-title" },
    h(
      "header",
      heading,
      h(
        "div.tools",
        h("span.muted.small", position),
        button("Previous finding", { kind: "quiet", icon: "previous", only: true }, () => step(-1)),
        button("Next finding", { kind: "quiet", icon: "next", only: true }, () => step(1)),
        button("Close", { kind: "quiet", icon: "close", only: true }, () => dialog.close()),
      ),
    ),
    h("div.drawer-body", { tabindex: "-1" }, badges(row), content),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    closed();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  heading.focus();
  detailOf(row)
    .then((detail) => replace(content, detailNodes(row, detail)))
    .catch((error) => {
      if (!(error instanceof Missing)) throw error;
      replace(content, h("p.note.bad", { role: "alert" }, error.message), nextSteps(row, null));
    })
    .finally(() => content.removeAttribute("aria-busy"));
  return dialog;
}

/** @param {number} row */
function badges(row) {
  const license = licenseWords(ROWS.licenses[ROWS.license[row]]);
  return h(
    "div.row",
    severityBadge(ROWS.severity[row]),
    verdictBadge(ROWS.verdicts[ROWS.verdict[row]]),
    badge(`Licence ${license}`, ROWS.conflict[row] || license === "not known" ? "warn" : "outline"),
    ROWS.conflict[row] ? badge("licence in conflict", "warn") : null,
    labelBadge(ROWS.labels[ROWS.label[row]]),
    h("span.muted.small", `${sure(ROWS.confidence[row] / 1000)} sure`),
  );
}

/** @param {number} row @param {Report.Detail} detail */
function detailNodes(row, detail) {
  const { sources } = detail;
  const deciding = sources[detail.decided_by];
  // The next audit recognizes the source by its SWHID. A name does not settle what needs a review.
  const named = ROWS.verdicts[ROWS.verdict[row]] === "attribute" ? `  SWHID: ${deciding.document}\n` : "";
  const notice = deciding.notice + named;
  return [
    ruling(row, detail),
    detailSection("Code", "Side by side", texts(row, detail)),
    detailSection(
      "Sources",
      sources.length > 1 ? `${count(sources.length)} sources` : "Source",
      sources.map((source, at) => sourceNode(source, at, detail)),
    ),
    h(
      "section",
      { "aria-label": "Notice" },
      h("div.row.between", h("h3", "Text for a NOTICE file"), copyButton("Copy notice", notice)),
      h(
        "pre.paste",
        { tabindex: "0", role: "region", "aria-label": "Text of the notice" },
        notice.split("\n").map(seenCode).join("\n"),
      ),
    ),
    nextSteps(row, deciding.document),
  ];
}

/** @param {string} label @param {string} title @param {Children} content */
const detailSection = (label, title, content) => h("section", { "aria-label": label }, h("h3", title), content);

/** @type {Record<string, string>} */
const DECISIONS = {
  accepted: "The risk was accepted",
  dismissed: "Dismissed: it is not a copy",
  attributed: "Its author is named",
};

/** @param {number} row @param {Report.Detail} detail */
function ruling(row, { reason, steps, decision, sources, decided_by, warnings }) {
  return h(
    "section",
    { "aria-label": "Ruling" },
    h("p.reason", seen(reason)),
    h(
      "p.small.muted",
      "Rule ",
      h("code", seen(ROWS.rules[ROWS.rule[row]])),
      `, licence family ${seen(ROWS.families[ROWS.family[row]])}`,
      decided_by > 0 && `; decided by source ${decided_by + 1} of ${sources.length}`,
      ".",
    ),
    decision && decisionNote(decision),
    warnings.map((warning) => h("p.note.warn", seen(warning))),
    steps.length > 0 &&
      h(
        "details",
        h("summary", `How it was decided: ${plural(steps.length, "step")}`),
        h(
          "ol.steps",
          steps.map((step, at) => h("li", { class: at === steps.length - 1 ? "last" : "" }, seen(step))),
        ),
      ),
  );
}

/** @param {Report.Decision} decision */
function decisionNote({ kind, reason, where, author, date, expires }) {
  const facts = [where, author && `by ${author}`, date && `on ${date}`, expires && `holds until ${expires}`];
  return h(
    "div.note.good",
    h("p", h("strong", DECISIONS[kind] ?? kind), `: ${seen(reason) || "no reason given"}`),
    h("p.small", seen(facts.filter(Boolean).join(", "))),
  );
}

/** @param {number} row @param {Report.Detail} detail */
function texts(row, { code, source_code, source_line, tokens, containment, sources: [best] }) {
  const cited = best.occurrences[best.cited];
  const [shown, all] = [linesOf(code).length, ROWS.lines[row] + 1];
  const mine = { text: code, first: ROWS.start[row] };
  const theirs = { text: source_code, first: source_line };
  return [
    h(
      "p.small.muted",
      `${plural(tokens, "token")} match, ${percent(containment)} of this code: ${kindMeaning(best.kind) || best.kind}.`,
      shown < all && ` The first ${count(shown)} of ${count(all)} lines are shown.`,
    ),
    !source_code && h("p.note.warn", "The text of the source was not available; the links below lead to it."),
    sides(alignedRows(mine, theirs, best.kind === "renamed"), {
      kind: kindMeaning(best.kind) ? best.kind : "similar",
      mine: seen(ROWS.names[ROWS.name[row]]),
      theirs: seen(cited ? `${cited.repository} · ${cited.path}` : best.document),
      shown: seenCode,
    }),
  ];
}

/** What can be done about a finding. @param {number} row @param {string | null} document SWHID of its source */
function nextSteps(row, document) {
  const id = IDS[row];
  const explain = `whence audit --explain ${id}`;
  const plain = /^\w+$/.test(id); // as ours are; no command with anything else is offered for copying
  const verdict = ROWS.verdicts[ROWS.verdict[row]];
  const open = ROWS.severity[row] > 0 && !ROWS.decision[row];
  /** @param {string} term @param {...Children} content */
  const item = (term, ...content) => [h("dt", term), h("dd", content)];
  return detailSection("What to do", "What to do", [
    h(
      "dl.facts.todo",
      h("dt", "This finding"),
      h("dd.row", h("code", seen(id)), copyButton("Copy id", id)),
      plain && [
        h("dt", "Ask why"),
        h(
          "dd.row",
          h("code", explain),
          copyButton("Copy command", explain),
          h("span.small.muted", "with the paths and options of this audit"),
        ),
      ],
      open &&
        verdict === "attribute" &&
        item(
          "Name the author",
          "Paste the notice into the project's NOTICE file",
          document && [", or cite the source in a comment above the code: ", h("code.wrap", seen(document))],
          ". The next audit reports it as attributed.",
        ),
      open && [
        item("Replace", "Write your own code instead, or use the project as a dependency under its licence."),
        item(
          "Accept",
          "Add a comment ",
          h("code", "whence: ignore <reason>"),
          " to the code. To accept all open findings, ",
          h("code", "--write-baseline --reason <reason>"),
          " writes a baseline into the repository.",
        ),
      ],
    ),
  ]);
}
