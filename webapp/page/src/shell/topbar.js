// The bar at the top: name, views, index, theme, shortcuts.
import { h } from "../dom.js";
import { brandMark } from "../icons.js";
import { button } from "../components/button.js";
import { menuButton } from "../components/popover.js";
import { keep } from "../storage.js";
import { LINKS } from "../routes.js";
import { indexChip } from "./index_chip.js";
import { showShortcuts } from "./shortcuts.js";

const THEMES = [
  ["light", "Light", "sun"],
  ["dark", "Dark", "moon"],
  ["system", "As the system", "system"],
];

/** @param {{ api: import("../client.js").Client }} options */
export function topBar({ api }) {
  const links = LINKS.map(({ name, href, label }) => h("a", { href, dataset: { name } }, label));
  const { chip, notice } = indexChip(api);
  const node = h(
    "header.topbar",
    h("a.brand", { href: "/", "aria-label": "Whence, to the playground" }, brandMark(), "whence"),
    h("nav.nav", { "aria-label": "Main" }, links),
    h(
      "div.tools",
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
  return {
    node,
    notice,
    /** Marks the link of the view that is shown. @param {{ name: string } | null} route */
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
  const name = root.dataset.theme === "dark" ? "moon" : "sun";
  return menuButton("Theme", { icon: name, iconOnly: true, kind: "quiet" }, () =>
    THEMES.map(([value, label, icon]) => ({
      label,
      icon,
      checked: root.dataset.themeChoice === value,
      on: () => {
        // where storage is refused, the choice lasts as long as the page
        if (!keep("theme", value) && value !== "system") root.dataset.theme = value;
        root.dispatchEvent(new Event("whence-theme-choice"));
      },
    })),
  );
}
