// A path in a narrow column: the folders are cut, the name never.
import { h } from "../../../../attribution/reports/page/dom.js";
import { seen } from "./elements.js";

/** @param {string} name @param {string} [lines] */
export function pathNode(name, lines = "") {
  const cut = name.lastIndexOf("/") + 1;
  return h(
    "span.path",
    { title: seen(name) },
    cut > 0 && h("span.folder", h("bdi", seen(name.slice(0, cut)))),
    h("span.base", h("bdi", seen(name.slice(cut)))),
    lines && h("span.lines", `:${lines}`),
  );
}
