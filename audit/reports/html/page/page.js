// The page: the address says which view is shown, and how.
import { h, replace } from "../../../../attribution/reports/page/dom.js";
import { count } from "../../../../attribution/reports/page/format.js";
import { COUNT, DATA, parsed } from "./data.js";
import { fileFilter, filter, address, readAddress } from "./filter.js";
import { makeFiles } from "./files.js";
import { makeFindings } from "./findings.js";
import { heroMore } from "./hero.js";
import { runView } from "./run.js";

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const tabs = [
  { name: "findings", title: "Findings", figure: COUNT },
  { name: "files", title: "Files", figure: DATA.files },
  { name: "run", title: "Run", figure: null },
].map(({ name, title, figure }) => {
  const node = h("a", title, figure === null ? null : h("span.figure", count(figure)));
  node.addEventListener("click", (event) => {
    event.preventDefault();
    go({ view: name, finding: "" }, true);
  });
  return { name, node };
});
const findings = makeFindings({
  changed: keepAddress,
  open: (finding, remembered) => go({ finding }, remembered),
});
const files = makeFiles({
  changed: keepAddress,
  open: (path) => go({ view: "findings", path, q: "", state: "all" }, true),
});
let shownView = "";

function keepAddress() {
  const now = address();
  if (now !== (location.hash || "#")) history.replaceState(null, "", now);
  for (const { name, node } of tabs) node.setAttribute("href", address({ view: name, finding: "" }));
}

/**
 * Changes what is shown.
 * @param {Partial<typeof filter>} changes
 * @param {boolean} remembered in the history, so that Back undoes it
 */
function go(changes, remembered) {
  Object.assign(filter, changes);
  if (remembered) history.pushState(null, "", address());
  else keepAddress();
  render();
}

function render() {
  for (const { name, node } of tabs) node.setAttribute("aria-current", name === filter.view ? "page" : "false");
  if (shownView !== filter.view) {
    shownView = filter.view;
    if (shownView === "run") {
      replace(part("view"), runView());
      keepAddress();
    } else {
      const panel = shownView === "files" ? files : findings;
      replace(part("view"), panel.node);
      panel.show();
    }
  }
  findings.showFinding();
}

function readAndRender() {
  readAddress();
  shownView = "";
  render();
}

replace(
  part("views"),
  tabs.map(({ node }) => node),
);
replace(
  part("hero-more"),
  heroMore((state) => {
    fileFilter.states = new Set([state]);
    fileFilter.q = "";
    go({ view: "files" }, true);
  }),
);
readAndRender();
addEventListener("popstate", readAndRender);
addEventListener("hashchange", () => {
  if (location.hash !== address() && (location.hash || address() !== "#")) readAndRender();
});
parsed.then(() => {
  if (part("end")) return;
  const lost = "This file is not complete: it was cut off when it was saved or sent. Some texts are missing.";
  part("view").before(h("p.note.bad", { role: "alert" }, lost));
});
