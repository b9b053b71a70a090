// Figures and dates as people read them.

const NUMBER = new Intl.NumberFormat("en");
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export const count = (value) => NUMBER.format(value);
export const compact = (value) => SHORT.format(value);

export function plural(value, noun, nouns = `${noun}s`) {
  return `${count(value)} ${value === 1 ? noun : nouns}`;
}

export function bytes(value) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let rest = value;
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${unit === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${units[unit]}`;
}

/** A share as per cent; never "100 %" for less than all, never "0 %" for more than nothing. */
export function percent(share) {
  const rounded = Math.round(share * 100);
  if (rounded === 100 && share < 1) return "99 %";
  if (rounded === 0 && share > 0) return "<1 %";
  return `${rounded} %`;
}

/** A calibrated probability: it is never certain. */
export const sure = (probability) => (probability > 0.99 ? ">99 %" : percent(probability));

/** "21 Nov 2026" from an ISO 8601 date or time; what is no date stays as it is. */
export function day(iso) {
  if (!iso) return "date not known";
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? String(iso) : DAY.format(time);
}

/** "L3-L9", or "L3" for one line. */
export function lines({ start_line: first, end_line: last }) {
  return first === last ? `L${first}` : `L${first}–L${last}`;
}

export const shortRevision = (revision) => (/^[0-9a-f]{40}$/.test(revision ?? "") ? revision.slice(0, 10) : revision);

export const shortSwhid = (swhid) => {
  const hash = swhid.split(";")[0].split(":").pop();
  return `${hash.slice(0, 10)}`;
};
