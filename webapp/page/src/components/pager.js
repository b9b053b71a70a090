// "Load more", for answers that come a page at a time.
import { h, replace } from "../dom.js";
import { asProblem } from "../client.js";
import { button } from "./button.js";

/**
 * @param {() => Promise<boolean>} more fetches and shows the next page; resolves to whether there is another
 */
export function pager(more) {
  const said = h("span.small.muted", { role: "status" });
  const load = button("Load more", {
    on: async () => {
      load.disabled = true;
      replace(said, "Loading");
      try {
        load.hidden = !(await more());
        replace(said);
      } catch (error) {
        replace(said, asProblem(error).message);
      } finally {
        load.disabled = false;
      }
    },
  });
  return h("div.row", load, said);
}
