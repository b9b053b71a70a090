// What a part of the page shows instead of content: loading, empty, or what failed and what helps.
import { asProblem } from "../client.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { button } from "./button.js";
import { sentence } from "./sentence.js";
import { copyButton } from "./copy.js";

/** @typedef {string | Node | null | undefined | false} Paragraph */

export function loadingState(text = "Loading") {
  return h("div.state", { role: "status" }, h("span.spinner", { "aria-hidden": "true" }), h("p", text));
}

export function skeleton(lines = 4) {
  const widths = ["92%", "70%", "84%", "56%", "78%"];
  return h(
    "div.skeleton",
    { "aria-hidden": "true" },
    Array.from({ length: lines }, (_, at) => h("span", { style: { width: widths[at % widths.length] } })),
  );
}

/**
 * @param {object} options
 * @param {string} [options.title]
 * @param {Paragraph | Paragraph[]} options.text
 * @param {import("../dom.js").Children} [options.actions]
 * @param {string} [options.icon]
 * @param {string} [options.tone]
 * @param {number} [options.level] of the heading
 */
export function emptyState({ title, text, actions, icon: name = "file", tone, level = 2 }) {
  return h(
    "div.state",
    { class: tone },
    icon(name, "state-icon"),
    title && h(`h${level}`, title),
    (Array.isArray(text) ? text : [text])
      .filter((part) => part)
      .map((part) => (typeof part === "string" ? h("p", sentence(part)) : part)),
    actions && h("div.row", actions),
  );
}

/** Heading and icon by the kind of a problem. @type {Record<string, [string, string]>} */
const HEADINGS = {
  "index-missing": ["No index to check against", "database"],
  "index-failed": ["The index cannot be used", "database"],
  "no-model": ["Generation is off", "off"],
  "model-loading": ["The model is being loaded", "clock"],
  "model-unavailable": ["The model is unavailable", "error"],
  "license-not-accepted": ["The model's licence has to be accepted first", "scales"],
  "out-of-memory": ["Too much for the device's memory", "warning"],
  forbidden: ["This is not allowed", "key"],
  busy: ["The service is busy", "clock"],
  "rate-limited": ["Too many requests", "clock"],
  unauthorized: ["An API key is needed", "key"],
  "not-found": ["Not found", "search"],
  "too-large": ["Too large", "warning"],
  invalid: ["This request cannot be answered", "warning"],
  offline: ["The service cannot be reached", "off"],
};

// The same request would fail in the same way.
const FINAL = new Set(["not-found", "invalid", "too-large", "forbidden"]);

// What will pass, or follows from a setting.
const MILD = new Set(["busy", "rate-limited", "model-loading", "no-model", "license-not-accepted"]);

/** Links that lead on from an address that shows nothing. */
export const elsewhere = () => [
  h("a.button", { href: "/search" }, "Search the corpus"),
  h("a.button", { href: "/check" }, "Check code"),
];

/**
 * A Problem (src/client.js), or any other error, with the remedy that is known.
 * @param {unknown} error
 * @param {{ retry?: () => unknown, level?: number }} [options]
 */
export function errorState(error, { retry, level = 2 } = {}) {
  const problem = asProblem(error);
  const { kind } = problem;
  const [title, name] = HEADINGS[kind] ?? [problem.title, "error"];
  const remedy =
    kind === "index-missing" &&
    !/`whence index/.test(problem.detail) &&
    h(
      "p",
      "Build one with ",
      h("code", "whence index SOURCE --to FOLDER"),
      ", then start ",
      h("code", "whence serve --index FOLDER"),
      ".",
    );
  const wait = problem.retryAfter ? h("p", `Try again in ${Math.ceil(problem.retryAfter)} s.`) : null;
  const node = emptyState({
    title,
    icon: name,
    level,
    tone: MILD.has(kind) ? "warn" : "bad",
    text: [problem.detail || problem.message, remedy, wait],
    actions: [
      retry && !FINAL.has(kind) && button("Try again", { icon: "refresh", on: retry }),
      (kind === "not-found" || kind === "invalid") && elsewhere(),
      problem.instance && copyButton(problem.instance, { label: "Copy request id" }),
    ],
  });
  node.setAttribute("role", "alert");
  return node;
}
