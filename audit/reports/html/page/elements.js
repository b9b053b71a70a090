// The report's elements: strangers' texts made visible, links, icons and buttons.
import { copyText } from "../../../../attribution/reports/page/clipboard.js";
import { h, replace } from "../../../../attribution/reports/page/dom.js";

// Control characters, characters that are invisible or reverse the direction of reading, and lone
// surrogates: shown by number, so that no name or line can look like another.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const INVISIBLE_IN_CODE = /(?!\t)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** @param {string} char */
const numbered = (char) => `‹U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}›`;

/** A stranger's text for people: a name, a licence, a sentence. @param {string | null | undefined} text */
export const seen = (text) => (text ?? "").replace(INVISIBLE, numbered);

/** The same for a line of code; tabs stay. @param {string} text */
export const seenCode = (text) => text.replace(INVISIBLE_IN_CODE, numbered);

/**
 * A link when the address is one of the web, else its text.
 * @param {string} address
 * @param {string} text
 */
export function link(address, text) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    // not an address
  }
  if (!url || !["http:", "https:"].includes(url.protocol)) return h("bdi", seen(text));
  const to = { href: url.href, target: "_blank", rel: "noopener noreferrer" };
  return h("a", to, h("bdi", seen(text)), h("span.vh", " (opens in a new tab)"));
}

/** @type {Record<string, string>} */
const ICONS = {
  error: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  warning: "M8 2.2l6.4 11.3H1.6zM8 6.5v3.2M8 11.6v.1",
  note: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM8 7.3v3.8M8 4.9v.1",
  none: "M3 8.5l3.2 3.2L13 5",
  close: "M4 4l8 8M12 4l-8 8",
  next: "M4 6l4 4 4-4",
  previous: "M4 10l4-4 4 4",
  copy: "M5.5 5.5h7a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1zM2.5 10.5v-8a1 1 0 0 1 1-1h8",
};

/** An icon; the text beside it, or the button's label, says what it means. @param {string} name */
export function icon(name) {
  const box = { viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" };
  return h("svg:svg.icon", box, h("svg:path", { d: ICONS[name] }));
}

/**
 * @param {string} label
 * @param {{ kind?: string, icon?: string, only?: boolean, [attribute: string]: unknown }} options `only`: the
 *   label is read out, not shown
 * @param {(event: MouseEvent) => unknown} on
 */
export function button(label, { kind = "", icon: name, only = false, ...attributes }, on) {
  return h(
    "button.button",
    {
      type: "button",
      class: kind,
      "aria-label": only ? label : null,
      title: only ? label : null,
      ...attributes,
      on: { click: on },
    },
    name && icon(name),
    only ? null : label,
  );
}

/** Has a screen reader say a text. @param {string} text */
export function say(text) {
  const status = document.getElementById("said");
  if (status) replace(status, text);
}

/** @param {string} label @param {string} text */
export function copyButton(label, text) {
  const node = button(label, { kind: "small", icon: "copy" }, async () => {
    const copied = await copyText(text);
    const shown = node.lastChild;
    if (shown) shown.textContent = copied ? "Copied" : "Refused";
    say(copied ? "Copied" : "The browser refused to copy");
    setTimeout(() => {
      if (shown) shown.textContent = label;
    }, 1500);
  });
  return node;
}

/** @param {string} text @param {string} [kind] @param {string} [title] */
export const badge = (text, kind, title) => h("span.badge", { class: kind, title }, seen(text));
