// The verdict in words and a tone, for every state that a text can be in.
import { LABELS, uncheckedBecause } from "./vocabulary.js";
import { count, day, plural } from "../format.js";

/**
 * model: {phase: empty|writing|checking|done|stopped|failed, attribution, final, stale, problem}.
 * Gives {title, tone, icon, reason, notes: [{text, tone}], busy}.
 */
export function verdictOf({ phase, attribution: given, final, stale, problem, firstLine = 1, subject = "text" }) {
  const attribution = given && { ...given, reason: inEditor(given.reason, firstLine) };
  const notes = [];
  if (stale)
    notes.push({ text: `This is about the ${subject} before it was edited by hand.`, tone: "warn", action: "again" });
  for (const text of attribution?.warnings ?? []) notes.push({ text, tone: "neutral" });
  if (problem && attribution) notes.push({ text: problem.detail || problem.message, tone: "bad" });
  if (phase === "checking") return { title: "Checking", tone: "neutral", icon: null, busy: true, reason: "", notes };
  if (!attribution) {
    if (phase === "writing")
      return { title: "Writing", tone: "neutral", busy: true, reason: "Nothing has matched so far.", notes };
    if (problem)
      return {
        title: "Not checked",
        tone: "bad",
        icon: "error",
        reason: problem.detail || problem.message,
        notes,
        failed: true,
      };
    return { title: "Provenance", tone: "neutral", icon: "shield", reason: "", notes };
  }
  if (phase === "writing" && !final) return writing(attribution, notes);
  return judged(attribution, notes);
}

/** The reason with the line numbers that the editor shows, where the text begins further down. */
function inEditor(reason, firstLine) {
  const shift = firstLine - 1;
  return shift
    ? reason.replace(
        /(tokens of lines )(\d+)-(\d+)/,
        (_, words, a, b) => `${words}${Number(a) + shift}-${Number(b) + shift}`,
      )
    : reason;
}

function writing(attribution, notes) {
  const found = attribution.sources.length;
  const known = LABELS[attribution.label];
  if (!found)
    return {
      title: "Writing",
      tone: "neutral",
      busy: true,
      reason: attribution.label === "common" ? attribution.reason : "Nothing has matched so far.",
      notes,
    };
  return { title: `${known.name} so far`, tone: known.tone, busy: true, reason: attribution.reason, notes };
}

function judged(attribution, notes) {
  const { status, status_reason: why, label, reason, sources } = attribution;
  if (status === "not_checked") {
    const short = uncheckedBecause(why ?? "");
    if (short === "short") return { title: "Too short to judge", tone: "neutral", icon: "info", reason: why, notes };
    if (short === "empty") return { title: "Nothing to check", tone: "neutral", icon: "info", reason: why, notes };
    return { title: "Not checked", tone: "bad", icon: "error", reason: why, notes, failed: true };
  }
  if (status === "partial") notes.push({ text: `Checked in part: ${why}.`.replace(/\.\.$/, "."), tone: "warn" });
  const known = LABELS[label] ?? LABELS.unknown;
  const icon = { none: "check", common: "info" }[label] ?? "warning";
  const also =
    label === "common" && sources.length === 0 && attribution.common_count
      ? ` About ${count(attribution.common_count)} documents hold it.`
      : "";
  return { title: known.name, tone: known.tone, icon, reason: reason + also, notes };
}

/** "Checked against demo, 21 Nov 2026: 26,404 files." */
export function againstOf({ index, status, elapsed_ms: elapsed }) {
  if (!index) return "";
  const was = status === "not_checked" ? "Index" : "Checked against";
  const outs = index.opt_outs ? `, ${plural(index.opt_outs, "opt-out")} applied` : "";
  const took =
    status === "checked" && elapsed ? ` · ${elapsed < 10 ? elapsed.toFixed(1) : Math.round(elapsed)} ms` : "";
  return `${was} ${index.name}, ${day(index.date)}: ${plural(index.documents, "file")} from ${plural(index.occurrences, "place")}${outs}${took}`;
}
