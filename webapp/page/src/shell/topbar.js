// The bar at the top: name, views, what is checked against, theme, shortcuts.
import { h, replace } from "../dom.js";
import { brandMark } from "../icons.js";
import { button } from "../components/button.js";
import { menuButton } from "../components/popover.js";
import { compact, day, plural } from "../format.js";
import { LINKS } from "../routes.js";
import { showShortcuts } from "./shortcuts.js";
import { describeIndex } from "../index_summary.js";

const THEMES = [
  ["light", "Light", "sun"],
  ["dark", "Dark", "moon"],
  ["system", "As the system", "system"],
];

export function topBar({ api }) {
  const links = LINKS.map(({ name, href, label }) => h("a", { href, dataset: { name } }, label));
  const chip = h(
    "a.index-chip",
    { href: "/corpus", dataset: { state: "unknown" } },
    h("span.dot", { "aria-hidden": "true" }),
    h("span.name", null, "Index"),
  );
  const node = h(
    "header.topbar",
    null,
    h("a.brand", { href: "/", "aria-label": "Whence, to the playground" }, brandMark(), "whence"),
    h("nav.nav", { "aria-label": "Main" }, links),
    h(
      "div.tools",
      null,
      chip,
      themeMenu(),
      button("Keyboard shortcuts", {
        icon: "keyboard",
        iconOnly: true,
        kind: "quiet",
        hint: "Keyboard shortcuts (?)",
        on: showShortcuts,
      }),
    ),
  );
  describeIndex(api).then(
    (index) => {
      chip.dataset.state = "ready";
      chip.title = `Checked against ${index.name}: ${plural(index.documents, "distinct file")} from ${plural(index.occurrences, "place")}, ${day(index.date)}`;
      replace(
        chip,
        h("span.dot", { "aria-hidden": "true" }),
        h("span.name", null, index.name),
        h("span.of", null, `${compact(index.documents)} files · ${day(index.date)}`),
      );
    },
    (problem) => {
      if (problem.kind !== "index-missing") return;
      chip.dataset.state = "missing";
      chip.title = problem.detail;
      replace(chip, h("span.dot", { "aria-hidden": "true" }), h("span.name", null, "No index"));
    },
  );
  return {
    node,
    show: (route) => {
      const name = route?.name === "document" ? "search" : route?.name;
      for (const link of links) {
        if (link.dataset.name === name) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
    },
  };
}

function themeMenu() {
  const root = document.documentElement;
  return menuButton("Theme", {
    icon: root.dataset.theme === "dark" ? "moon" : "sun",
    iconOnly: true,
    kind: "quiet",
    items: () =>
      THEMES.map(([value, label, icon]) => ({
        label,
        icon,
        checked: root.dataset.themeChoice === value,
        on: () => {
          try {
            localStorage.setItem("whence-theme", value);
          } catch {
            root.dataset.theme = value === "system" ? root.dataset.theme : value; // for this page only
          }
          root.dispatchEvent(new Event("whence-theme-choice"));
        },
      })),
  });
}
