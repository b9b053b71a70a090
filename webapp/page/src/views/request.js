// Request: what was decided about a request to remove code, by its reference.
import { card } from "../components/card.js";
import { loadingState } from "../components/states.js";
import { h, replace } from "../dom.js";
import { day } from "../format.js";
import { optOutInWords } from "./removal_form.js";

/** Headings by state. @type {Record<string, string>} */
const STATES = { open: "Waiting for a decision", accepted: "Accepted", declined: "Declined" };

/** @type {import("../shell/router.js").ViewModule["mount"]} */
export async function mount(root, ctx) {
  const { reference } = ctx.params;
  const page = h("div.view-page.v-corpus", loadingState("Loading the request"));
  root.append(page);
  const at = `/api/v1/removal-requests/${encodeURIComponent(reference)}`;
  const request = await ctx.api.get("/api/v1/removal-requests/{reference}", { at, signal: ctx.signal });
  const names = request.opt_outs.map((optOut) =>
    h("li", h("a.wrap-anywhere", { href: `/corpus?owner=${encodeURIComponent(optOut.value)}` }, optOutInWords(optOut))),
  );
  replace(
    page,
    h(
      "div.stack",
      h("h1", "Request to remove code"),
      card(STATES[request.state] ?? request.state, [
        h("p.wrap-anywhere", request.says),
        h("p", `Asked on ${day(request.made)} to remove:`),
        h("ul.stack.tight", names),
      ]),
    ),
  );
}
