// Cards: a heading, and what belongs to it.
import { h } from "../dom.js";

/** @param {string} title @param {import("../dom.js").Children} children */
export const card = (title, children) => h("section.card", h("header", h("h2", title)), h("div.body", children));
