// The verdict in words and a tone, for every state that a text can be in.
import { count, day, plural } from "../format.js";
import { linesInWords } from "./cited.js";
import { labelWords, uncheckedBecause } from "./vocabulary.js";

/** @typedef {{ text: string, tone: string, action?: boolean }} Note `action`: the check can be repeated */
/**
 * @typedef {object} Verdict
 * @property {string} title
 * @property {string} tone
 * @property {string} reason
 * @property {string} [icon]
 * @property {boolean} [busy]
 * @property {boolean} [failed]
 * @property {Note[]} notes
 */

/**
 * @param {import("./text_check.js").TextCheck} check
 * @param {string} [subject] the word for the text: "code", "answer"
 * @returns {Verdict}
 */
export function verdictOf(check, subject = "text") {
  const { phase, attribution: given, final, stale, problem, firstLine } = check;
  const attribution = given && { ...given, reason: inEditor(given.reason, firstLine) };
  const failure = problem ? problem.detail || problem.message : "";
  /** @type {Note[]} */
  const notes = (attribution?.warnings ?? []).map((text) => ({ text, tone: "neutral" }));
  for (const { reason } of attribution?.leads ?? []) {
    notes.push({ text: `A short run, too little to name a source: ${inEditor(reason, firstLine)}`, tone: "neutral" });
  }
  if (attribution && check.others) {
    notes.unshift({ text: "Other code here has sources of its own: click a mark to see them.", tone: "neutral" });
  }
  if (stale) notes.unshift({ text: `This is about the ${subject} before it was edited.`, tone: "warn", action: true });
  if (failure && attribution) notes.push({ text: failure, tone: "bad" });
  if (phase === "checking") return { title: "Checking", tone: "neutral", busy: true, reason: "", notes };
  if (attribution && (phase !== "writing" || final)) {
    const verdict = judged(attribution, notes);
    return check.others ? { ...verdict, title: `${verdict.title} in ${linesOf(check)}` } : verdict;
  }
  if (phase === "writing") return { ...writing(attribution), busy: true, notes };
  if (failure) return { title: "Not checked", tone: "bad", icon: "error", reason: failure, notes, failed: true };
  return { title: "Provenance", tone: "neutral", icon: "shield", reason: "", notes };
}

/** The lines of a checked text in the editor. @param {import("./text_check.js").TextCheck} check */
const linesOf = ({ text, firstLine }) =>
  linesInWords({ start_line: firstLine, end_line: firstLine + text.trimEnd().split("\n").length - 1 });

/** The reason with the line numbers that the editor shows. @param {string} reason @param {number} firstLine */
function inEditor(reason, firstLine) {
  const shift = firstLine - 1;
  if (!shift) return reason;
  return reason.replace(/(?<=tokens of lines? )\d+(-\d+)?/, (lines) =>
    lines.replace(/\d+/g, (line) => String(Number(line) + shift)),
  );
}

/** @param {Api.Attribution | null} attribution */
function writing(attribution) {
  if (attribution?.sources.length) {
    const { name, tone } = labelWords(attribution.label);
    return { title: `${name} so far`, tone, reason: attribution.reason };
  }
  const reason = attribution?.label === "common" ? attribution.reason : "Nothing has matched so far.";
  return { title: "Writing", tone: "neutral", reason };
}

/** @type {Record<string, string>} */
const ICONS = { none: "check", common: "info" };

/** @param {Api.Attribution} attribution @param {Note[]} notes @returns {Verdict} */
function judged(attribution, notes) {
  const { status, label, reason, sources, common_count: documents } = attribution;
  const why = attribution.status_reason ?? "";
  if (status === "not_checked") {
    const titles = { short: "Too short to judge", empty: "Nothing to check", failed: "Not checked" };
    const because = uncheckedBecause(why);
    const failed = because === "failed";
    return {
      title: titles[because],
      tone: failed ? "bad" : "neutral",
      icon: failed ? "error" : "info",
      reason: why,
      notes,
      failed,
    };
  }
  if (status === "partial") notes.push({ text: `Checked in part: ${why}.`.replace(/\.\.$/, "."), tone: "warn" });
  const { name, tone } = labelWords(label);
  const widespread = label === "common" && !sources.length && documents;
  const also = widespread ? ` It is in about ${count(documents)} documents.` : "";
  const icon = attribution.leads?.length && label === "none" ? "info" : ICONS[label ?? ""];
  return { title: name, tone, icon: icon ?? "warning", reason: reason + also, notes };
}

/** "Checked against demo, 21 Nov 2026: 26,404 distinct files" @param {Api.Attribution} attribution */
export function againstOf({ index, status, elapsed_ms: elapsed }) {
  if (!index) return "";
  const was = status === "not_checked" ? "Index" : "Checked against";
  const outs = index.opt_outs ? `, ${plural(index.opt_outs, "opt-out")} applied` : "";
  const took =
    status === "checked" && elapsed ? ` · ${elapsed < 10 ? elapsed.toFixed(1) : Math.round(elapsed)} ms` : "";
  return `${was} ${index.name}, ${day(index.date)}: ${plural(index.documents, "distinct file")}${outs}${took}`;
}
