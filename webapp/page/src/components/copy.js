// A button that copies a text and says so.
import { copyText } from "../../../../attribution/reports/page/clipboard.js";
import { button } from "./button.js";
import { toast } from "./toast.js";

/** Copies a text and reports it in a short message. @param {string} text @param {string} [said] */
export async function copyAndSay(text, said = "Copied") {
  if (await copyText(text)) toast(said);
  else toast("The browser refused to copy", { tone: "bad" });
}

/**
 * @param {string | (() => string)} text a function when the text is made on demand
 * @param {import("./button.js").ButtonOptions & { label?: string, said?: string }} [options]
 */
export function copyButton(text, { label = "Copy", icon = "copy", said, ...rest } = {}) {
  const on = () => copyAndSay(typeof text === "function" ? text() : text, said);
  return button(label, { icon, small: true, kind: "quiet", ...rest, on });
}
