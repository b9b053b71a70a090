// The files under check, as tabs with their verdicts; arrow keys move between them.
import { h, replace, set } from "../dom.js";
import { LABELS } from "../attribution/vocabulary.js";

const SIGNS = { verbatim: "V", striking: "!", similar: "S", common: "c", none: "✓" };

export function fileTabs({ onSelect }) {
  const node = h("div.file-tabs", { role: "tablist", "aria-label": "Files", hidden: true });
  node.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const tabs = [...node.children];
    const at = (tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length;
    event.preventDefault();
    onSelect(at);
    node.children[at].focus();
  });
  return {
    node,
    render(files, current) {
      set(node, { hidden: files.length < 2 });
      if (files.length < 2) return void replace(node);
      const focused = node.contains(document.activeElement);
      replace(
        node,
        files.map(({ name, model }, at) =>
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
            sign(model),
            h("span.truncate", null, name.split("/").pop()),
          ),
        ),
      );
      if (focused) node.children[current]?.focus();
    },
  };
}

function sign(model) {
  if (model.phase === "checking") return h("span.spinner", { role: "img", "aria-label": "Checking" });
  if (model.phase === "empty") return null;
  const label = model.attribution?.label ?? null;
  const { name, tone } = LABELS[label] ?? LABELS.unknown;
  return h("span.sign", { class: `tone-${tone}`, role: "img", "aria-label": name, title: name }, SIGNS[label] ?? "?");
}
