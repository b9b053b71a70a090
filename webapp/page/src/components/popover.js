// Popovers and menus under a button. Escape and a click elsewhere close them; focus returns.
import { h } from "../dom.js";
import { button } from "./button.js";
import { icon } from "../icons.js";

function place(node, anchor) {
  const box = anchor.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left, window.innerWidth - node.offsetWidth - 8));
  const below = box.bottom + 6;
  const top = below + node.offsetHeight > window.innerHeight - 8 ? Math.max(8, box.top - node.offsetHeight - 6) : below;
  node.style.setProperty("left", `${left}px`);
  node.style.setProperty("top", `${top}px`);
}

/** Opens `node` under `anchor`; gives the function that closes it. */
function open(node, anchor, onClose) {
  const controller = new AbortController();
  const { signal } = controller;
  const close = (refocus) => {
    if (signal.aborted) return;
    controller.abort();
    node.remove();
    anchor.setAttribute("aria-expanded", "false");
    if (refocus) anchor.focus();
    onClose?.();
  };
  anchor.after(node);
  anchor.setAttribute("aria-expanded", "true");
  place(node, anchor);
  document.addEventListener(
    "pointerdown",
    ({ target }) => !node.contains(target) && !anchor.contains(target) && close(false),
    { signal, capture: true },
  );
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
  node.addEventListener(
    "focusout",
    ({ relatedTarget }) => relatedTarget && !node.contains(relatedTarget) && relatedTarget !== anchor && close(false),
    { signal },
  );
  window.addEventListener("resize", () => place(node, anchor), { signal });
  return close;
}

/** A button that shows what `content()` makes. */
export function popoverButton(label, { content, ...options }) {
  let close = null;
  const anchor = button(label, {
    ...options,
    "aria-expanded": "false",
    "aria-haspopup": "dialog",
    on: () => {
      if (close) return close(true);
      const node = h("div.popover", { role: "dialog", "aria-label": label }, content());
      close = open(node, anchor, () => (close = null));
      node.querySelector("input, select, textarea, button")?.focus();
    },
  });
  return anchor;
}

/** A button with a menu; items(): [{label, icon, checked, on}]. Arrow keys move. */
export function menuButton(label, { items, ...options }) {
  let close = null;
  const show = () => {
    const entries = items()
      .filter(Boolean)
      .map((item) =>
        h(
          "button",
          {
            type: "button",
            role: item.checked === undefined ? "menuitem" : "menuitemradio",
            "aria-checked": item.checked === undefined ? null : String(item.checked),
            on: {
              click: () => {
                close?.(true);
                item.on();
              },
            },
          },
          item.icon && icon(item.icon),
          item.label,
        ),
      );
    const node = h(
      "div.menu",
      { role: "menu", "aria-label": label, on: { keydown: (event) => rove(event, entries) } },
      entries,
    );
    close = open(node, anchor, () => (close = null));
    (entries.find((entry) => entry.getAttribute("aria-checked") === "true") ?? entries[0])?.focus();
  };
  const anchor = button(label, {
    ...options,
    "aria-haspopup": "menu",
    "aria-expanded": "false",
    on: {
      click: () => (close ? close(true) : show()),
      keydown: (event) => {
        if (event.key === "ArrowDown" && !close) {
          event.preventDefault();
          show();
        }
      },
    },
  });
  return anchor;
}

/** Moves the focus among `entries` by the arrow keys, Home and End. */
export function rove(event, entries) {
  const at = entries.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  entries[(to + entries.length) % entries.length]?.focus();
}
