// The choice between several indexes; hidden when there is one.

import { h, replace } from "../dom.js";
import { indexSummary } from "../index_summary.js";

/**
 * @param {import("../client.js").Client} api
 * @param {(index: string | null) => void} choose is called with the index to ask; null: all of them
 */
export function indexSelect(api, choose) {
  /** @type {HTMLSelectElement} */
  const select = h("select.select", {
    "aria-label": "Index",
    on: { change: () => choose(select.value || null) },
  });
  const node = h("div.pick", { hidden: true }, select);
  const draw = async () => {
    const { indexes } = await indexSummary(api);
    if (!indexes) return;
    replace(
      select,
      h("option", { value: "" }, "All indexes"),
      indexes.map(({ name }) => h("option", { value: name }, name)),
    );
    node.hidden = false;
  };
  draw().catch(() => {}); // without an index, the bar says so
  return node;
}
