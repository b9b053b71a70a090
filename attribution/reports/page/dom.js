// Elements, made without HTML strings: any text that comes in stays text.

import { at } from "./address.js";

/** @typedef {Node | string | number | boolean | null | undefined | readonly Children[]} Children */
/** @typedef {{ [Name in keyof HTMLElementEventMap]?: ((event: HTMLElementEventMap[Name]) => unknown) | null }} Listeners */
/**
 * @typedef {object} Special
 * @property {Listeners} [on]
 * @property {Record<string, string | number>} [style]
 * @property {Record<string, string>} [dataset]
 */
/** @typedef {Special & Record<string, unknown>} Properties attributes, and what `set` treats specially */
/**
 * @template {string} Name
 * @typedef {Name extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Name] : HTMLElement} Named
 */
/**
 * The element that a specification such as "a.button" makes.
 * @template {string} Spec
 * @typedef {Spec extends `svg:${string}` ? SVGElement : Spec extends `${infer Name}.${string}` ? Named<Name> : Named<Spec>} ElementOf
 */

const SVG = "http://www.w3.org/2000/svg";
const DIRECT = new Set(["value", "checked", "selected", "indeterminate"]); // properties, not attributes
const ADDRESSES = new Set(["href", "action"]);

/**
 * An element from "tag.class.class" (or "svg:path"), its properties, if any, and its children.
 * @template {string} Spec
 * @param {Spec} spec
 * @param {Properties | Children} [first] properties, or the first child
 * @param {...Children} children
 * @returns {ElementOf<Spec>}
 */
export function h(spec, first, ...children) {
  const [name, ...classes] = spec.split(".");
  const node = name.startsWith("svg:")
    ? document.createElementNS(SVG, name.slice(4))
    : document.createElement(name || "div");
  if (classes.length) node.setAttribute("class", classes.join(" "));
  if (isProperties(first)) set(node, first);
  else append(node, [first]);
  append(node, children);
  return /** @type {ElementOf<Spec>} */ (node);
}

/** @param {Properties | Children} value @returns {value is Properties} */
const isProperties = (value) =>
  typeof value === "object" && value !== null && !(value instanceof Node) && !Array.isArray(value);

/**
 * Sets attributes, listeners (`on`), custom properties (`style`) and data (`dataset`).
 * @param {HTMLElement | SVGElement} node
 * @param {Properties} properties
 */
export function set(node, properties) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) {
      if (key !== "on" && key !== "class") node.removeAttribute(key);
    } else if (key === "on") {
      for (const [event, listener] of Object.entries(value)) {
        if (listener) node.addEventListener(event, listener);
      }
    } else if (key === "class") {
      for (const part of String(value).split(/\s+/)) if (part) node.classList.add(part);
    } else if (key === "dataset") {
      Object.assign(node.dataset, value);
    } else if (key === "style") {
      // CSSOM, which a content security policy without inline styles allows
      for (const [name, style] of Object.entries(value)) node.style.setProperty(name, String(style));
    } else if (DIRECT.has(key)) {
      Object.assign(node, { [key]: value });
    } else {
      const text = value === true ? "" : String(value);
      node.setAttribute(key, ADDRESSES.has(key) ? at(text) : text);
    }
  }
}

/** @param {Element} node @param {Children[]} children */
export function append(node, children) {
  for (const child of children) {
    if (child === null || child === undefined || typeof child === "boolean") continue;
    if (Array.isArray(child)) append(node, child);
    else node.append(child instanceof Node ? child : String(child));
  }
}

/**
 * Replaces the children of a node.
 * @template {Element} T
 * @param {T} node
 * @param {...Children} children
 */
export function replace(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

let lastId = 0;

/** An id that no other element of the page has. @param {string} prefix */
export function uniqueId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}
