// Cards: a heading, and what belongs to it.
import { h } from "../dom.js";

/** @param {string} title @param {import("../dom.js").Children} children */
export const card = (title, children) =>
  h("section.card", null, h("header", null, h("h2", null, title)), h("div.body", null, children));
