// Modal dialogs on the browser's own <dialog>: focus is kept inside, Escape closes, focus returns.
import { h, uniqueId } from "../dom.js";
import { button } from "./button.js";

/** @typedef {import("../dom.js").Children} Children */
/**
 * @template T
 * @typedef {{ label: string, kind?: string, value: T | (() => T | undefined) }} Action a function may return
 *   undefined, which leaves the dialog open
 */

/**
 * Opens a dialog; resolves to the value of the chosen action, or null when it was dismissed.
 * @template T
 * @param {object} options
 * @param {string} options.title
 * @param {Children | ((close: (value: T) => void) => Children)} options.body
 * @param {Action<T>[]} [options.actions]
 * @param {boolean} [options.drawer] at the side of the page, in its full height
 * @returns {Promise<T | null>}
 */
export function openDialog({ title, body, actions = [], drawer = false }) {
  return new Promise((resolve) => {
    const id = uniqueId("dialog");
    /** @type {T | null} */
    let result = null;
    /** @param {T | null} value */
    const close = (value) => {
      result = value;
      node.close();
    };
    const node = h(
      "dialog.dialog",
      { class: drawer && "drawer", "aria-labelledby": id },
      h(
        "header",
        h("h2.truncate", { id }, title),
        button("Close", { icon: "close", iconOnly: true, kind: "quiet", on: () => close(null) }),
      ),
      h("div.body", { tabindex: "-1" }, body instanceof Function ? body(close) : body),
      actions.length > 0 &&
        h(
          "footer",
          actions.map(({ label, value, ...rest }) =>
            button(label, {
              ...rest,
              on: () => {
                const chosen = value instanceof Function ? value() : value;
                if (chosen !== undefined) close(chosen);
              },
            }),
          ),
        ),
    );
    node.addEventListener("click", (event) => {
      if (event.target === node && outside(node, event)) close(null);
    });
    node.addEventListener("close", () => {
      node.remove();
      resolve(result);
    });
    document.body.append(node);
    node.showModal();
  });
}

/** @param {Element} node @param {MouseEvent} event */
function outside(node, { clientX, clientY }) {
  const box = node.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}
