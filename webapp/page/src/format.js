// Figures and dates as people read them.
export * from "../../../attribution/reports/page/format.js";

const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

/** "26.4K" @param {number} value */
export const compact = (value) => SHORT.format(value);

/** "12.3 MB" @param {number} value */
export function bytes(value) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let size = value;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** "21 Nov 2026" from an ISO 8601 date or time; any other text as it is. @param {string | null} iso */
export function day(iso) {
  if (!iso) return "date not known";
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : DAY.format(time);
}

/** The first ten digits of a commit; any other revision whole. @param {string | null} [revision] */
export const shortRevision = (revision) =>
  /^[0-9a-f]{40}$/.test(revision ?? "") ? (revision ?? "").slice(0, 10) : revision;
