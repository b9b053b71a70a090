// Buttons.
import { h } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @typedef {object} Options
 * @property {string} [kind] primary, plain, quiet or danger
 * @property {string} [icon]
 * @property {boolean} [iconOnly] the label is read out, not shown
 * @property {boolean} [small]
 * @property {string} [hint]
 * @property {((event: MouseEvent) => unknown) | import("../dom.js").Listeners} [on] what a click does, or listeners
 */
/** @typedef {Options & Record<string, unknown>} ButtonOptions */

/** @param {string} label @param {ButtonOptions} [options] */
export function button(label, options = {}) {
  const { kind = "plain", icon: name, iconOnly, small, on, hint, ...rest } = options;
  return h(
    "button.button",
    {
      type: "button",
      class: [kind, iconOnly && "icon-only", small && "small"].filter(Boolean).join(" "),
      "aria-label": iconOnly ? label : null,
      title: iconOnly ? (hint ?? label) : hint,
      on: typeof on === "function" ? { click: on } : on,
      ...rest,
    },
    name && icon(name),
    iconOnly ? null : h("span", label),
  );
}
