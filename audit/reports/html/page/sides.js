// Two texts side by side. Lines are paired so that the sum of their likeness is largest, in order;
// in a renamed copy hardly any line is equal, so equality alone would align nothing.

const MOST_PAIRS = 160_000; // of lines that are compared, some 60 ms; beyond, by equal lines alone
const MOST_WORDS = 400; // of a line, beyond which only its ends are compared
const LEAST_ALIKE = 0.45; // a line of two words of which one is kept

const lexemes = (line) => line.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];

function linesOf(text) {
  if (!text) return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => line.replace(/\r$/, ""));
}

/** What two lines are compared by. */
function profile(line) {
  const words = lexemes(line.trim()).filter((word) => word.trim());
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return {
    key: words.join(" "),
    shape: words.map((word) => (/^[\p{L}_]/u.test(word) ? "w" : word)).join(" "),
    counts,
    length: words.length,
  };
}

/** 0..1: the share of words in common; in a renamed copy, lines of the same shape are alike. */
function likeness(a, b, renamed) {
  if (!a.length || !b.length) return a.length === b.length ? 0.5 : 0;
  if (a.key === b.key) return 1;
  let common = 0;
  for (const [word, times] of a.counts) common += Math.min(times, b.counts.get(word) ?? 0);
  const share = (2 * common) / (a.length + b.length);
  return 0.95 * (renamed && a.shape === b.shape ? Math.max(share, 0.8) : share);
}

/** Rows [left line or -1, right line or -1]. */
function align(left, right, renamed) {
  const a = left.map(profile);
  const b = right.map(profile);
  const close = a.length * b.length <= MOST_PAIRS;
  const width = b.length + 1;
  const best = new Float32Array((a.length + 1) * width);
  const alike = new Float32Array(a.length * b.length);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const like = close ? likeness(a[i], b[j], renamed) : Number(a[i].key === b[j].key);
      const pair = like >= LEAST_ALIKE ? like : 0;
      alike[i * b.length + j] = pair;
      const skip = Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
      best[i * width + j] = pair ? Math.max(skip, pair + best[(i + 1) * width + j + 1]) : skip;
    }
  }
  const rows = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const here = best[i * width + j];
    const pair = alike[i * b.length + j];
    if (pair && Math.abs(here - pair - best[(i + 1) * width + j + 1]) < 1e-4) rows.push([i++, j++]);
    else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) rows.push([i++, -1]);
    else rows.push([-1, j++]);
  }
  while (i < a.length) rows.push([i++, -1]);
  while (j < b.length) rows.push([-1, j++]);
  return rows;
}

/** What differs between two lines, by words: [parts of a, parts of b], each [{text, changed}]. */
function changedParts(a, b) {
  const left = lexemes(a);
  const right = lexemes(b);
  const [mine, theirs] =
    left.length > MOST_WORDS || right.length > MOST_WORDS ? sameEnds(left, right) : sameWords(left, right);
  return [parts(left, mine), parts(right, theirs)];
}

function parts(words, kept) {
  const out = [];
  words.forEach((text, at) => {
    const changed = !kept.has(at);
    if (out.length && out.at(-1).changed === changed) out.at(-1).text += text;
    else out.push({ text, changed });
  });
  return out;
}

function sameWords(a, b) {
  const width = b.length + 1;
  const best = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const skip = Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
      best[i * width + j] = a[i] === b[j] ? best[(i + 1) * width + j + 1] + 1 : skip;
    }
  }
  const kept = [new Set(), new Set()];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      kept[0].add(i++);
      kept[1].add(j++);
    } else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return kept;
}

function sameEnds(a, b) {
  const kept = [new Set(), new Set()];
  const shortest = Math.min(a.length, b.length);
  let start = 0;
  for (; start < shortest && a[start] === b[start]; start += 1) kept.forEach((one) => one.add(start));
  for (let end = 1; end <= shortest - start && a.at(-end) === b.at(-end); end += 1) {
    kept[0].add(a.length - end);
    kept[1].add(b.length - end);
  }
  return kept;
}

/** A table of both texts; `kind` of the match colours what agrees. */
function sides({ code, first, mine, source, sourceFirst, theirs, kind }) {
  const left = linesOf(code);
  const right = linesOf(source);
  const rows = align(left, right, kind === "renamed").map(([i, j]) =>
    sideRow(left[i], i + first, right[j], j + sourceFirst),
  );
  const text = h(
    "div.sides",
    { class: `kind-${kind}`, tabindex: "0", role: "region", "aria-label": "Both texts side by side" },
    h(
      "table",
      null,
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          h("th.number", { scope: "col" }, h("span.vh", null, "Line")),
          h("th", { scope: "col" }, h("bdi", null, seen(mine))),
          h("th.number.right", { scope: "col" }, h("span.vh", null, "Line")),
          h("th", { scope: "col" }, h("bdi", null, seen(theirs))),
        ),
      ),
      h("tbody", null, rows),
    ),
  );
  return [h("p.sides-narrow.small", null, "Equal lines are shown once; of others − is this code, + the source."), text];
}

function sideRow(left, leftNumber, right, rightNumber) {
  const both = left !== undefined && right !== undefined;
  const same = both && profile(left).key === profile(right).key;
  const [mine, theirs] = both && !same ? changedParts(left, right) : [null, null];
  const kind = same ? "same" : both ? "differs" : left === undefined ? "theirs" : "mine";
  const told = { same: "", differs: "differs: ", mine: "only here: ", theirs: "only in the source: " }[kind];
  return h(
    "tr",
    { class: kind },
    h("td.number", null, left === undefined ? "" : leftNumber),
    sideCell(left, mine, told),
    h("td.number.right", null, right === undefined ? "" : rightNumber),
    sideCell(right, theirs, ""),
  );
}

function sideCell(line, words, told) {
  if (line === undefined) return h("td.code.absent");
  const content = words
    ? words.map(({ text, changed }) => (changed && text.trim() ? h("mark", null, seenCode(text)) : seenCode(text)))
    : seenCode(line);
  return h("td.code", null, told && h("span.vh", null, told), content);
}
