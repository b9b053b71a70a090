// Modal dialogs on the browser's own <dialog>: focus is kept inside, Escape closes, focus returns.
import { h, uniqueId } from "../dom.js";
import { button } from "./button.js";

/**
 * Opens a dialog; resolves to the value of the action chosen, or null when it was dismissed.
 * body: Node(s), or a function of `close` that gives them. actions: [{label, value, kind, ...}];
 * an action's value may be a function: what it returns is the result, undefined keeps it open.
 */
export function openDialog({ title, body, actions = [], drawer = false, signal }) {
  return new Promise((resolve) => {
    const id = uniqueId("dialog");
    let result = null;
    const close = (value = null) => {
      result = value;
      node.close();
    };
    const node = h(
      "dialog.dialog",
      { class: drawer && "drawer", "aria-labelledby": id },
      h(
        "header",
        null,
        h("h2.truncate", { id }, title),
        button("Close", { icon: "close", iconOnly: true, kind: "quiet", on: () => close() }),
      ),
      h("div.body", { tabindex: "-1" }, typeof body === "function" ? body(close) : body),
      actions.length > 0 &&
        h(
          "footer",
          null,
          actions.map(({ label, value, ...rest }) =>
            button(label, {
              ...rest,
              on: () => {
                const chosen = typeof value === "function" ? value() : value;
                if (chosen !== undefined) close(chosen);
              },
            }),
          ),
        ),
    );
    node.addEventListener("click", (event) => {
      if (event.target === node && outside(node, event)) close();
    });
    node.addEventListener("close", () => {
      node.remove();
      resolve(result);
    });
    signal?.addEventListener("abort", () => close(), { once: true });
    document.body.append(node);
    node.showModal();
  });
}

function outside(node, { clientX, clientY }) {
  const box = node.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

export async function confirmDialog({ title, text, yes = "OK", danger = false }) {
  const answer = await openDialog({
    title,
    body: h("p", null, text),
    actions: [
      { label: "Cancel", value: false },
      { label: yes, value: true, kind: danger ? "danger" : "primary" },
    ],
  });
  return answer === true;
}
