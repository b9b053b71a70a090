// Elements, made without strings of HTML: whatever text comes in stays text.

const SVG = "http://www.w3.org/2000/svg";

/** An element from "tag.class.class" (or "svg:path"), its properties and its children. */
function h(spec, properties, ...children) {
  const [name, ...classes] = spec.split(".");
  const node = name.startsWith("svg:")
    ? document.createElementNS(SVG, name.slice(4))
    : document.createElement(name || "div");
  if (classes.length) node.setAttribute("class", classes.join(" "));
  for (const [key, value] of Object.entries(properties ?? {})) set(node, key, value);
  append(node, children);
  return node;
}

function set(node, key, value) {
  if (key === "on") {
    for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  } else if (key === "style") {
    // CSSOM, which a policy without inline styles allows
    for (const [name, style] of Object.entries(value)) node.style.setProperty(name, style);
  } else if (key === "class") {
    for (const one of String(value).split(" ")) if (one) node.classList.add(one);
  } else if (value === null || value === undefined || value === false) {
    node.removeAttribute(key);
  } else node.setAttribute(key, value === true ? "" : String(value));
}

function append(node, children) {
  for (const child of children) {
    if (child === null || child === undefined || typeof child === "boolean") continue;
    if (Array.isArray(child)) append(node, child);
    else node.append(child instanceof Node ? child : String(child));
  }
}

function replace(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

// Controls, marks that turn the reading around or are not seen, halves of characters: named, so
// that no name or line looks like another one.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const UNSEEN_IN_CODE = /(?!\t)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const named = (char) => `‹U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}›`;

/** A stranger's text for people: a name, a licence, a sentence. */
const seen = (text) => String(text ?? "").replace(UNSEEN, named);
/** The same of a line of code; tabs stay. */
const seenCode = (text) => text.replace(UNSEEN_IN_CODE, named);

/** A link, when the address is one of the web; else its text. */
function link(address, text) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    // not an address
  }
  if (!url || !["http:", "https:"].includes(url.protocol)) return h("bdi", null, seen(text));
  const to = { href: url.href, target: "_blank", rel: "noopener noreferrer" };
  return h("a", to, h("bdi", null, seen(text)), h("span.vh", null, " (opens in a new tab)"));
}

const ICONS = {
  error: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  warning: "M8 2.2l6.4 11.3H1.6zM8 6.5v3.2M8 11.6v.1",
  note: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM8 7.3v3.8M8 4.9v.1",
  none: "M3 8.5l3.2 3.2L13 5",
  close: "M4 4l8 8M12 4l-8 8",
  next: "M4 6l4 4 4-4",
  previous: "M4 10l4-4 4 4",
  copy: "M5.5 5.5h7a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1zM2.5 10.5v-8a1 1 0 0 1 1-1h8",
};

/** An icon; the text beside it, or the button's label, says what it means. */
function icon(name) {
  const box = { viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" };
  return h("svg:svg.icon", box, h("svg:path", { d: ICONS[name] }));
}

function button(label, { kind = "", icon: name, only = false, ...rest } = {}, on) {
  return h(
    "button.button",
    {
      type: "button",
      class: kind,
      "aria-label": only ? label : null,
      title: only ? label : null,
      ...rest,
      on: { click: on },
    },
    name && icon(name),
    only ? null : label,
  );
}

const say = (text) => replace(document.getElementById("said"), text);

function copyButton(label, text) {
  return button(label, { kind: "small", icon: "copy" }, async (event) => {
    const done = await copied(text, event.currentTarget);
    say(done ? "Copied" : "The browser refused to copy");
  });
}

async function copied(text, near) {
  const shown = near.lastChild;
  const before = shown.textContent;
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    done = bySelection(text, near); // pages from a disk may have no clipboard
  }
  shown.textContent = done ? "Copied" : "Refused";
  setTimeout(() => (shown.textContent = before), 1500);
  return done;
}

function bySelection(text, near) {
  const area = h("textarea.vh", { "aria-hidden": "true", tabindex: "-1" });
  area.value = text;
  near.after(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  near.focus();
  return done;
}
