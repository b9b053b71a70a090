// The words of an audit, and how each is shown.

const VERDICTS = {
  allowed: "Allowed by the policy",
  attribute: "Allowed when the author is named",
  review: "A person has to look",
  denied: "Not allowed by the policy",
};

const LABELS = {
  none: "Nothing matches",
  common: "Found in so many places that no one source can be named",
  similar: "Alike in part with indexed code",
  striking: "Too alike to be chance",
  verbatim: "The same tokens as indexed code",
};

const KINDS = {
  verbatim: "the same tokens, in the same order",
  renamed: "the same after consistent renaming",
  edited: "aligned with the source, with gaps",
  similar: "alike in part",
};

const STATES = ["checked", "partly checked", "not checked", "left out"];

const count = (number) => number.toLocaleString("en");
const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
// Rounded down, as in the other reports: 100% is said of all only.
const percent = (share) => `${Math.floor(100 * share + 1e-9)}%`;
const sure = (share) => (share < 0.01 ? "<1%" : percent(share));
const licenseWords = (expression) =>
  expression === "NOASSERTION" || expression === "NONE" ? "not known" : seen(expression);
const linesWords = (first, last) => (last > first ? `${first}–${last}` : `${first}`);
const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);

/** The state of a row: what people or the policy made of it. */
function stateOf(row) {
  if (ROWS.decision[row]) return ROWS.decisions[ROWS.decision[row]];
  return ROWS.severity[row] ? "open" : "allowed";
}

function severityBadge(severity) {
  const word = SEVERITIES[severity];
  return h("span.severity", { class: `severity-${word}` }, icon(word), word);
}

const badge = (text, kind, title) => h("span.badge", { class: kind, title }, seen(text));
const verdictBadge = (word) => badge(word, `verdict-${word}`, VERDICTS[word]);
const labelBadge = (word) => badge(word, `label-${word}`, LABELS[word]);

function facts(pairs) {
  return h(
    "dl.facts",
    null,
    pairs
      .filter(([, value]) => value !== null && value !== undefined && value !== "")
      .map(([term, value]) => [h("dt", null, term), h("dd", null, value)]),
  );
}

function table({ caption, heads, rows }) {
  return h(
    "div.table-scroll",
    { tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table.table",
      null,
      h("caption", null, caption),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          heads.map((head) => h("th", { scope: "col" }, head)),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((cells) =>
          h(
            "tr",
            null,
            cells.map((cell) => h("td", null, cell)),
          ),
        ),
      ),
    ),
  );
}
