// What a view shows, remembered for this tab: it is there again after Back, in another view, and after a
// reload. It is kept in the page and, up to a size, in the tab's own storage; the service gets none of it.
import { drop, keep, kept, ofThisTab } from "../storage.js";

const MOST = 1_500_000; // characters: browsers store about five million for a site

/** By the name of the view, as JSON. @type {Map<string, string>} */
const memory = new Map();

/**
 * What `snapshot` returned when the view was left, or null.
 * @template T
 * @param {string} name of the view
 * @param {AbortSignal} signal of the view
 * @param {(withResults: boolean) => T} snapshot a value of JSON; without results when it is too large with them
 * @returns {T | null}
 */
export function remembered(name, signal, snapshot) {
  const save = () => {
    const whole = JSON.stringify(snapshot(true));
    memory.set(name, whole);
    const text = whole.length <= MOST ? whole : JSON.stringify(snapshot(false));
    if (text.length > MOST || !keep(name, text, ofThisTab)) drop(name, ofThisTab);
  };
  signal.addEventListener("abort", save, { once: true });
  window.addEventListener("pagehide", save, { signal });
  document.addEventListener("visibilitychange", () => document.hidden && save(), { signal });
  try {
    return JSON.parse(memory.get(name) ?? kept(name, ofThisTab) ?? "null");
  } catch {
    return null; // another version of the page stored it
  }
}
