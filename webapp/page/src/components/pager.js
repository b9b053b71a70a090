// "Load more", for answers that come a page at a time.
import { h, replace } from "../dom.js";
import { button } from "./button.js";

/** more(): fetches and shows the next page; resolves to whether there is another. */
export function pager(more, { label = "Load more" } = {}) {
  const said = h("span.small.muted", { role: "status" });
  const load = button(label, {
    on: async () => {
      load.disabled = true;
      replace(said, "Loading");
      try {
        load.hidden = !(await more());
        replace(said);
      } catch (error) {
        replace(said, error.message);
      } finally {
        load.disabled = false;
      }
    },
  });
  return h("div.row", null, load, said);
}
