// Icons as paths on a grid of 16, drawn with the text's colour.
import { h } from "./dom.js";

/** @type {Record<string, string>} */
const PATHS = {
  copy: "M5.5 5.5h7a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1zM2.5 10.5v-8a1 1 0 0 1 1-1h8",
  link: "M6.5 9.5a3 3 0 0 0 4.3 0l2-2a3 3 0 0 0-4.2-4.3l-.9.8M9.5 6.5a3 3 0 0 0-4.3 0l-2 2a3 3 0 0 0 4.2 4.3l.9-.8",
  external: "M9.5 2.5h4v4M13.5 2.5l-6 6M12 9.5v3a1 1 0 0 1-1 1H3.5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1h3",
  search: "M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM10.7 10.7l3.3 3.3",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5l3.2 3.2L13 5",
  play: "M5 3l8 5-8 5z",
  stop: "M4.5 4.5h7v7h-7z",
  sliders: "M2 4.5h6M12 4.5h2M10 3v3M2 11.5h2M8 11.5h6M6 10v3",
  download: "M8 2v8M4.8 7L8 10.2 11.2 7M2.5 13.5h11",
  upload: "M8 10V2.5M4.8 5.2L8 2l3.2 3.2M2.5 13.5h11",
  diff: "M3 2.5h4v11H3zM9 2.5h4v11H9zM4.5 6h1M10.5 6h1M4.5 9h1",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7",
  moon: "M13.5 9.6A6 6 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1z",
  system: "M2 3.5h12v8H2zM5.5 14h5M8 11.5V14",
  info: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM8 7.3v3.8M8 4.9v.1",
  warning: "M8 2.2l6.4 11.3H1.6zM8 6.5v3.2M8 11.6v.1",
  error: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  shield: "M8 1.8l5 2v3.7c0 3.1-2 5.5-5 6.7-3-1.2-5-3.6-5-6.7V3.8zM5.7 8l1.7 1.7 3-3.2",
  database:
    "M8 6.2c3 0 5.2-.9 5.2-2.1S11 2 8 2 2.8 2.9 2.8 4.1 5 6.2 8 6.2zM2.8 4.1v7.8C2.8 13.1 5 14 8 14s5.2-.9 5.2-2.1V4.1M2.8 8c0 1.2 2.2 2.1 5.2 2.1s5.2-.9 5.2-2.1",
  key: "M5.2 10.9a3.1 3.1 0 1 0 0-6.2 3.1 3.1 0 0 0 0 6.2zM8.3 7.8H14M12 7.8v2.4",
  clock: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM8 4.5V8l2.4 1.6",
  file: "M9 1.8H4.3a.8.8 0 0 0-.8.8v10.8c0 .4.4.8.8.8h7.4c.4 0 .8-.4.8-.8V5.3zM9 1.8v3.5h3.5",
  trash: "M2.5 4.2h11M6 4V2.5h4V4M4 4.2l.6 9.3h6.8l.6-9.3",
  refresh: "M13.3 6.5A5.6 5.6 0 1 0 13.4 10M13.5 2.8v3.7H9.8",
  chevron: "M4 6l4 4 4-4",
  scales: "M8 2v12M5 14h6M3 4.5h10M3 4.5L1.3 9.2h3.4zM13 4.5l-1.7 4.7h3.4z",
  spark: "M8 2l1.5 4.5L14 8l-4.5 1.5L8 14l-1.5-4.5L2 8l4.5-1.5z",
  keyboard: "M1.5 4.5h13v7h-13zM4 7h.1M6.7 7h.1M9.4 7h.1M12 7h.1M5 9.3h6",
  off: "M8 2v5.5M4.6 4.4a5 5 0 1 0 6.8 0",
  quote: "M5 10.5H2.5V7.8c0-2 .9-3.3 2.7-3.8M12 10.5H9.500V7.8c0-2 .9-3.3 2.7-3.8",
};

/** An icon; the text beside it, or the button's label, says what it means. @param {string} name @param {string} [classes] */
export const icon = (name, classes) =>
  h(
    "svg:svg.icon",
    { class: classes, viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
    h("svg:path", { d: PATHS[name] ?? PATHS.info }),
  );

const BRAND = "M3 4.5h6M3 8.5h3.5M11 15.5h6M13.5 11.5H17M6 12.3c0 2.2 1 3.2 2.8 3.2M14 7.7c0-2.2-1-3.2-2.8-3.2";

/** The mark of Whence: two texts, and the line that leads from one back to the other. */
export const brandMark = () =>
  h(
    "svg:svg",
    {
      viewBox: "0 0 20 20",
      fill: "none",
      stroke: "currentColor",
      "stroke-width": "1.9",
      "stroke-linecap": "round",
      "aria-hidden": "true",
    },
    h("svg:path", { d: BRAND }),
  );
