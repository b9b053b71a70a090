// The state of the index: a chip in the bar, and a notice below it while no code can be checked.
import { sentence } from "../components/sentence.js";
import { h, replace } from "../dom.js";
import { compact, day, plural } from "../format.js";
import { icon } from "../icons.js";
import { indexSummary } from "../index_summary.js";

const POLL = 10_000; // milliseconds, while there is no index with files
const FILL = "Add code with `whence index SOURCE --to FOLDER`; this page notices when the first files are there.";

/** @param {import("../client.js").Client} api */
export function indexChip(api) {
  const chip = h("a.index-chip", { href: "/corpus" });
  const notice = h("div.index-notice", { role: "status", hidden: true });

  /** @param {string} state @param {string} name @param {string} [more] */
  const draw = (state, name, more) => {
    chip.dataset.state = state;
    replace(chip, h("span.dot", { "aria-hidden": "true" }), h("span.name", name), more && h("span.of", more));
  };
  /** @param {string} name @param {string} words what is missing, and what to do */
  const unusable = (name, words) => {
    draw("missing", name);
    chip.title = words;
    if (notice.hidden) replace(notice, icon("database"), h("p", sentence(words)));
    notice.hidden = false;
    setTimeout(load, POLL);
  };

  async function load() {
    try {
      const index = await indexSummary(api);
      if (!index.documents) return unusable("Empty index", `The index ${index.name} has no files yet. ${FILL}`);
      draw("ready", index.name, `${compact(index.documents)} files · ${day(index.date)}`);
      chip.title = `Checked against ${index.name}: ${plural(index.documents, "distinct file")}, ${day(index.date)}`;
      notice.hidden = true;
    } catch (problem) {
      const { kind, detail } = /** @type {import("../client.js").Problem} */ (problem);
      if (kind === "index-missing") unusable("No index", `There is no index, so no code can be checked. ${FILL}`);
      else if (kind === "index-failed") unusable("Index failed", detail);
    }
    return undefined;
  }

  draw("unknown", "Index");
  load();
  return { chip, notice };
}
