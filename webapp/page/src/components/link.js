// A link to another site, which opens in a tab of its own.
import { h } from "../dom.js";

/** @param {string} href @param {import("../dom.js").Children} children @param {string} [classes] */
export const externalLink = (href, children, classes) =>
  h("a", { href, class: classes, target: "_blank", rel: "noreferrer noopener" }, children);
