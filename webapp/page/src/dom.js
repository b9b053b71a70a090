// Elements, made without HTML strings: whatever text comes in stays text.

const SVG = "http://www.w3.org/2000/svg";

/** An element from "tag.class.class" (or "svg:path"), its properties and its children. */
export function h(spec, properties, ...children) {
  const [name, ...classes] = spec.split(".");
  const node = name.startsWith("svg:")
    ? document.createElementNS(SVG, name.slice(4))
    : document.createElement(name || "div");
  if (classes.length) node.setAttribute("class", classes.join(" "));
  if (properties) set(node, properties);
  append(node, children);
  return node;
}

/** Sets attributes, listeners (`on`), custom properties (`style`) and data (`dataset`). */
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
      for (const [name, style] of Object.entries(value)) node.style.setProperty(name, style);
    } else if (key === "value" || key === "checked" || key === "selected" || key === "indeterminate") {
      node[key] = value;
    } else {
      node.setAttribute(key, value === true ? "" : String(value));
    }
  }
}

function append(node, children) {
  for (const child of children) {
    if (child === null || child === undefined || typeof child === "boolean") continue;
    if (Array.isArray(child)) append(node, child);
    else node.append(child instanceof Node ? child : String(child));
  }
}

/** Puts new children in the place of the old ones. */
export function replace(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

let last = 0;

/** An id that no other element of the page has. */
export function uniqueId(prefix) {
  last += 1;
  return `${prefix}-${last}`;
}
