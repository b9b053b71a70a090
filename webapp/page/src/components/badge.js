// Badges: a word in a tone. The word carries the meaning, the colour helps.
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { KINDS, LABELS } from "../attribution/vocabulary.js";

export function badge(text, { tone = "neutral", title, icon: name } = {}) {
  return h("span.badge", { class: tone, title }, name && icon(name), h("span.truncate", null, text));
}

/** The letter of a kind, as in the editor's gutter. */
export function kindLetter(kind) {
  return h(
    "span.letter",
    { class: `kind-${kind}`, "aria-hidden": "true" },
    h("span", null, KINDS[kind]?.letter ?? "?"),
  );
}

export function kindBadge(kind) {
  const { name, says } = KINDS[kind] ?? { name: kind, says: "" };
  return h("span.badge", { class: `kind-${kind}`, title: says }, kindLetter(kind), name);
}

export function labelBadge(label) {
  const { name, says } = LABELS[label] ?? LABELS.unknown;
  return h("span.badge", { class: `label-${label ?? "unknown"}`, title: says }, name);
}

/** The SPDX expression, with where it was read; a conflict is said, never hidden. */
export function licenseBadge({ expression, evidence, conflict }) {
  const known = expression && expression !== "NOASSERTION";
  return badge(known ? expression : "licence not known", {
    tone: conflict ? "warn" : known ? "outline" : "warn",
    icon: conflict ? "warning" : "scales",
    title: conflict ?? (known ? `Read from: ${evidence}` : "No evidence of a licence was found"),
  });
}
