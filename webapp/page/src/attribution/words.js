// What differs between two lines, by words: the longest common subsequence of their lexemes.

const MOST = 400; // lexemes of a line beyond which only both ends are compared

const lexemes = (line) => line.match(/\w+|\s+|[^\w\s]/gu) ?? [];

/** [parts of a, parts of b], each [{text, changed}]. */
export function changedParts(a, b) {
  const left = lexemes(a);
  const right = lexemes(b);
  const kept = left.length > MOST || right.length > MOST ? ends(left, right) : common(left, right);
  return [parts(left, kept[0]), parts(right, kept[1])];
}

function parts(words, kept) {
  const out = [];
  words.forEach((text, at) => {
    const changed = !kept.has(at);
    const last = out.at(-1);
    if (last && last.changed === changed) last.text += text;
    else out.push({ text, changed });
  });
  return out;
}

function common(a, b) {
  const width = b.length + 1;
  const best = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      best[i * width + j] =
        a[i] === b[j]
          ? best[(i + 1) * width + j + 1] + 1
          : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
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

function ends(a, b) {
  const kept = [new Set(), new Set()];
  const shortest = Math.min(a.length, b.length);
  let start = 0;
  for (; start < shortest && a[start] === b[start]; start += 1) {
    kept[0].add(start);
    kept[1].add(start);
  }
  for (let end = 1; end <= shortest - start && a.at(-end) === b.at(-end); end += 1) {
    kept[0].add(a.length - end);
    kept[1].add(b.length - end);
  }
  return kept;
}
