// Keys that work everywhere, and the dialog that lists all of them.
import { h } from "../dom.js";
import { openDialog } from "../components/dialog.js";
import { LINKS } from "../routes.js";

const MOD = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

/** Groups of keys with what they do. @type {[string, [string[], string][]][]} */
const GROUPS = [
  [
    "Playground and Check",
    [
      [[MOD, "Enter"], "Generate, send or check"],
      [["Esc"], "Stop generating"],
      [["F8"], "Next marked span"],
      [["Shift", "F8"], "Previous marked span"],
      [["Alt", "Enter"], "To the source of the span at the cursor"],
      [["Esc", "Tab"], "Leave the editor (Tab alone indents)"],
    ],
  ],
  [
    "Source cards",
    [
      [["↑", "↓"], "Previous or next source"],
      [["Enter"], "Open the side-by-side view"],
      [["c"], "Copy a citation comment"],
    ],
  ],
  [
    "Everywhere",
    [
      [["?"], "This list"],
      ...LINKS.map(({ key, label }) => /** @type {[string[], string]} */ ([["g", key], `To ${label}`])),
    ],
  ],
];

export function showShortcuts() {
  if (document.querySelector("dialog[open]")) return;
  const groups = GROUPS.map(([heading, rows]) =>
    h(
      "section.stack.tight",
      h("h3.muted.small", heading),
      h(
        "dl.shortcuts",
        rows.map(([keys, action]) => [
          h(
            "dt",
            keys.map((key) => h("kbd", key)),
          ),
          h("dd", action),
        ]),
      ),
    ),
  );
  openDialog({ title: "Keyboard shortcuts", body: h("div.stack", groups) });
}

/** Whether the user types into an element. @param {EventTarget | null} target */
const isTyping = (target) =>
  target instanceof Element && target.closest("input, textarea, select, [contenteditable='true'], [role='textbox']");

/** @param {{ navigate: (href: string) => unknown }} options */
export function shortcuts({ navigate }) {
  let until = 0; // when a "g" no longer counts
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "?") {
      event.preventDefault();
      showShortcuts();
    } else if (event.key === "g") {
      until = Date.now() + 1200;
    } else if (Date.now() < until) {
      until = 0;
      const link = LINKS.find(({ key }) => key === event.key);
      if (link) {
        event.preventDefault();
        navigate(link.href);
      }
    }
  });
}
