// Icons as paths on a grid of 16, drawn with the text's colour.
import { h } from "./dom.js";

const PATHS = {
  copy: ["M5.5 5.5h7a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z", "M2.5 10.5v-8a1 1 0 0 1 1-1h8"],
  link: [
    "M6.5 9.5a3 3 0 0 0 4.3 0l2-2a3 3 0 0 0-4.2-4.3l-.9.8",
    "M9.5 6.5a3 3 0 0 0-4.3 0l-2 2a3 3 0 0 0 4.2 4.3l.9-.8",
  ],
  external: ["M9.5 2.5h4v4", "M13.5 2.5l-6 6", "M12 9.5v3a1 1 0 0 1-1 1H3.5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1h3"],
  search: ["M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10z", "M10.7 10.7l3.3 3.3"],
  close: ["M4 4l8 8", "M12 4l-8 8"],
  check: ["M3 8.5l3.2 3.2L13 5"],
  play: ["M5 3l8 5-8 5z"],
  stop: ["M4.5 4.5h7v7h-7z"],
  sliders: ["M2 4.5h6", "M12 4.5h2", "M10 3v3", "M2 11.5h2", "M8 11.5h6", "M6 10v3"],
  download: ["M8 2v8", "M4.8 7L8 10.2 11.2 7", "M2.5 13.5h11"],
  upload: ["M8 10V2.5", "M4.8 5.2L8 2l3.2 3.2", "M2.5 13.5h11"],
  diff: ["M3 2.5h4v11H3z", "M9 2.5h4v11H9z", "M4.5 6h1", "M10.5 6h1", "M4.5 9h1"],
  sun: [
    "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z",
    "M8 1.5v1",
    "M8 13.5v1",
    "M1.5 8h1",
    "M13.5 8h1",
    "M3.4 3.4l.7.7",
    "M11.9 11.9l.7.7",
    "M3.4 12.6l.7-.7",
    "M11.9 4.1l.7-.7",
  ],
  moon: ["M13.5 9.6A6 6 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1z"],
  system: ["M2 3.5h12v8H2z", "M5.5 14h5", "M8 11.5V14"],
  info: ["M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4z", "M8 7.3v3.8", "M8 4.9v.1"],
  warning: ["M8 2.2l6.4 11.3H1.6z", "M8 6.5v3.2", "M8 11.6v.1"],
  error: ["M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4z", "M5.8 5.8l4.4 4.4", "M10.2 5.8l-4.4 4.4"],
  shield: ["M8 1.8l5 2v3.7c0 3.1-2 5.5-5 6.7-3-1.2-5-3.6-5-6.7V3.8z", "M5.7 8l1.7 1.7 3-3.2"],
  database: [
    "M8 6.2c3 0 5.2-.9 5.2-2.1S11 2 8 2 2.8 2.9 2.8 4.1 5 6.2 8 6.2z",
    "M2.8 4.1v7.8C2.8 13.1 5 14 8 14s5.2-.9 5.2-2.1V4.1",
    "M2.8 8c0 1.2 2.2 2.1 5.2 2.1s5.2-.9 5.2-2.1",
  ],
  key: ["M5.2 10.9a3.1 3.1 0 1 0 0-6.2 3.1 3.1 0 0 0 0 6.2z", "M8.3 7.8H14", "M12 7.8v2.4"],
  clock: ["M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4z", "M8 4.5V8l2.4 1.6"],
  file: ["M9 1.8H4.3a.8.8 0 0 0-.8.8v10.8c0 .4.4.8.8.8h7.4c.4 0 .8-.4.8-.8V5.3z", "M9 1.8v3.5h3.5"],
  trash: ["M2.5 4.2h11", "M6 4V2.5h4V4", "M4 4.2l.6 9.3h6.8l.6-9.3"],
  refresh: ["M13.3 6.5A5.6 5.6 0 1 0 13.4 10", "M13.5 2.8v3.7H9.8"],
  chevron: ["M4 6l4 4 4-4"],
  more: ["M3.5 8h.1", "M8 8h.1", "M12.5 8h.1"],
  scales: ["M8 2v12", "M5 14h6", "M3 4.5h10", "M3 4.5L1.3 9.2h3.4z", "M13 4.5l-1.7 4.7h3.4z"],
  spark: ["M8 2l1.5 4.5L14 8l-4.5 1.5L8 14l-1.5-4.5L2 8l4.5-1.5z"],
  keyboard: ["M1.5 4.5h13v7h-13z", "M4 7h.1", "M6.7 7h.1", "M9.4 7h.1", "M12 7h.1", "M5 9.3h6"],
  off: ["M8 2v5.5", "M4.6 4.4a5 5 0 1 0 6.8 0"],
  quote: ["M5 10.5H2.5V7.8c0-2 .9-3.3 2.7-3.8", "M12 10.5H9.500V7.8c0-2 .9-3.3 2.7-3.8"],
};

/** An icon by name; the text beside it, or the button's label, says what it means. */
export function icon(name, classes = "") {
  return h(
    `svg:svg.icon${classes ? `.${classes}` : ""}`,
    { viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
    (PATHS[name] ?? PATHS.info).map((d) => h("svg:path", { d })),
  );
}

/** The mark of Whence: two texts, and the line that leads from one back to the other. */
export function brandMark() {
  return h(
    "svg:svg",
    {
      viewBox: "0 0 20 20",
      fill: "none",
      stroke: "currentColor",
      "stroke-width": "1.9",
      "stroke-linecap": "round",
      "aria-hidden": "true",
    },
    [
      "M3 4.5h6",
      "M3 8.500h3.500",
      "M11 15.500h6",
      "M13.500 11.500H17",
      "M6 12.300c0 2.200 1 3.200 2.800 3.200",
      "M14 7.700c0-2.200-1-3.200-2.800-3.200",
    ].map((d) => h("svg:path", { d })),
  );
}
