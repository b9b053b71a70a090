// Popovers and menus below a button. Escape and a click elsewhere close them; focus returns.
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { button } from "./button.js";

/** @typedef {import("./button.js").ButtonOptions} ButtonOptions */
/** @typedef {{ label: string, icon?: string, checked?: boolean, on: () => unknown }} MenuItem */

/** @param {HTMLElement} node @param {HTMLElement} anchor */
function place(node, anchor) {
  const box = anchor.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left, window.innerWidth - node.offsetWidth - 8));
  const below = box.bottom + 6;
  const fits = below + node.offsetHeight <= window.innerHeight - 8;
  const top = fits ? below : Math.max(8, box.top - node.offsetHeight - 6);
  node.style.setProperty("left", `${left}px`);
  node.style.setProperty("top", `${top}px`);
}

/**
 * Opens `node` below `anchor`.
 * @param {HTMLElement} node
 * @param {HTMLElement} anchor
 * @param {() => void} closed is called once, however it was closed
 * @returns {() => void} closes it and returns the focus
 */
function open(node, anchor, closed) {
  const controller = new AbortController();
  const { signal } = controller;
  /** @param {boolean} refocus */
  const close = (refocus) => {
    if (signal.aborted) return;
    controller.abort();
    node.remove();
    anchor.setAttribute("aria-expanded", "false");
    if (refocus) anchor.focus();
    closed();
  };
  /** @param {EventTarget | null} target */
  const isOutside = (target) => target instanceof Node && !node.contains(target) && !anchor.contains(target);
  anchor.after(node);
  anchor.setAttribute("aria-expanded", "true");
  place(node, anchor);
  document.addEventListener("pointerdown", ({ target }) => isOutside(target) && close(false), {
    signal,
    capture: true,
  });
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      close(true);
    },
    { signal, capture: true },
  );
  node.addEventListener("focusout", ({ relatedTarget }) => isOutside(relatedTarget) && close(false), { signal });
  window.addEventListener("resize", () => place(node, anchor), { signal });
  return () => close(true);
}

/**
 * A button that opens and closes what `make` returns.
 * @param {string} label
 * @param {ButtonOptions} options
 * @param {() => HTMLElement} make
 */
function opener(label, options, make) {
  /** @type {(() => void) | null} */
  let close = null;
  const show = () => {
    close = open(make(), anchor, () => {
      close = null;
    });
  };
  const anchor = button(label, {
    ...options,
    "aria-expanded": "false",
    on: {
      click: () => (close ? close() : show()),
      keydown: (event) => {
        if (event.key !== "ArrowDown" || close || options["aria-haspopup"] !== "menu") return;
        event.preventDefault();
        show();
      },
    },
  });
  return { anchor, close: () => close?.() };
}

/** A button that shows a form. @param {string} label @param {ButtonOptions} options @param {() => HTMLElement} content */
export function popoverButton(label, options, content) {
  return opener(label, { ...options, "aria-haspopup": "dialog" }, () => {
    const node = h("div.popover", { role: "dialog", "aria-label": label }, content());
    focusSoon(node.querySelector("input, select, textarea, button"));
    return node;
  }).anchor;
}

/** A button with a menu. Arrow keys move. @param {string} label @param {ButtonOptions} options @param {() => MenuItem[]} items */
export function menuButton(label, options, items) {
  const menu = opener(label, { ...options, "aria-haspopup": "menu" }, () => {
    const entries = items().map(({ label: text, icon: name, checked, on }) =>
      h(
        "button",
        {
          type: "button",
          role: checked === undefined ? "menuitem" : "menuitemradio",
          "aria-checked": checked === undefined ? null : String(checked),
          on: {
            click: () => {
              menu.close();
              on();
            },
          },
        },
        name && icon(name),
        text,
      ),
    );
    focusSoon(entries.find((entry) => entry.getAttribute("aria-checked") === "true") ?? entries[0]);
    const keydown = (/** @type {KeyboardEvent} */ event) => moveFocus(event, entries);
    return h("div.menu", { role: "menu", "aria-label": label, on: { keydown } }, entries);
  });
  return menu.anchor;
}

/** Moves the focus once the element is in the page. @param {Element | null | undefined} node */
function focusSoon(node) {
  queueMicrotask(() => node instanceof HTMLElement && node.focus());
}

/** Moves the focus among `entries` by the arrow keys, Home and End. @param {KeyboardEvent} event @param {HTMLElement[]} entries */
function moveFocus(event, entries) {
  const at = entries.findIndex((entry) => entry === document.activeElement);
  /** @type {Record<string, number>} */
  const targets = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 };
  if (!(event.key in targets)) return;
  event.preventDefault();
  entries[(targets[event.key] + entries.length) % entries.length]?.focus();
}
