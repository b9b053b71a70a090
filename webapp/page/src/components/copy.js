// A button that copies a text and says so.
import { button } from "./button.js";
import { toast } from "./toast.js";

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** For pages that are not served over https or from loopback, where there is no clipboard. */
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "vh";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** text: a string, or a function that gives it when it is wanted. */
export function copyButton(text, { label = "Copy", icon = "copy", said, ...rest } = {}) {
  return button(label, {
    icon,
    small: true,
    kind: "quiet",
    ...rest,
    on: async () => {
      const value = typeof text === "function" ? await text() : text;
      if (value === null) return;
      if (await copyText(value)) toast(said ?? "Copied");
      else toast("The browser refused to copy", { tone: "bad" });
    },
  });
}
