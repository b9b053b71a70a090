// The files under check, as tabs with their verdicts; arrow keys move between them.
import { h, replace, set } from "../dom.js";
import { labelWords } from "../attribution/vocabulary.js";

/** @typedef {import("./checked_files.js").CheckedFile} CheckedFile */

/** @type {Record<string, string>} */
const SIGNS = { verbatim: "V", striking: "!", similar: "S", common: "c", none: "✓" };

/** @param {{ onSelect: (at: number) => void }} options */
export function fileTabs({ onSelect }) {
  const node = h("div.file-tabs", { role: "tablist", "aria-label": "Files", hidden: true });
  node.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0;
    if (!step) return;
    const tabs = /** @type {HTMLElement[]} */ ([...node.children]);
    const at = (tabs.findIndex((tab) => tab === document.activeElement) + step + tabs.length) % tabs.length;
    event.preventDefault();
    onSelect(at);
    tabs[at].focus();
  });
  return {
    node,
    /** @param {CheckedFile[]} files @param {number} current */
    render(files, current) {
      set(node, { hidden: files.length < 2 });
      if (files.length < 2) return void replace(node);
      const focused = node.contains(document.activeElement);
      replace(
        node,
        files.map(({ name, check }, at) =>
          h(
            "button.file-tab",
            {
              type: "button",
              role: "tab",
              title: name,
              "aria-selected": String(at === current),
              tabindex: at === current ? "0" : "-1",
              on: { click: () => onSelect(at) },
            },
            sign(check),
            h("span.truncate", name?.split("/").pop()),
          ),
        ),
      );
      if (focused) /** @type {HTMLElement | undefined} */ (node.children[current])?.focus();
    },
  };
}

/** The verdict of a file as one character. @param {CheckedFile["check"]} check */
function sign({ phase, attribution }) {
  if (phase === "checking") return h("span.spinner", { role: "img", "aria-label": "Checking" });
  if (phase === "empty") return null;
  const label = attribution?.label ?? null;
  const { name, tone } = labelWords(label);
  return h(
    "span.sign",
    { class: `tone-${tone}`, role: "img", "aria-label": name, title: name },
    (label && SIGNS[label]) ?? "?",
  );
}
