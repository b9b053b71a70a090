// The form with which an author asks the operator to remove code.
import { button } from "../components/button.js";
import { copyButton } from "../components/copy.js";
import { errorState } from "../components/states.js";
import { h, replace, uniqueId } from "../dom.js";

/** Where a request shows its state. @param {string} reference */
export const requestHref = (reference) => `/requests/${encodeURIComponent(reference)}`;

/** What an opt-out names, in words. @param {{ kind: string, value: string }} optOut */
export const optOutInWords = ({ kind, value }) =>
  kind === "owner" ? `everything of the owner ${value}` : `the repository or package ${value}`;

/**
 * The form, or the reference once it was sent.
 * @param {import("../shell/router.js").ViewContext} ctx
 * @param {Api.MembershipAnswer} found an answer of a service that takes requests
 */
export function removalForm(ctx, found) {
  const [why, address] = [uniqueId("why"), uniqueId("address")];
  const boxes = found.opt_outs.map((optOut) => {
    const box = h("input", { type: "checkbox", checked: true });
    return { optOut, box, label: h("label.check", box, h("span.wrap-anywhere", optOutInWords(optOut))) };
  });
  const statement = h("textarea.input", { id: why, rows: "4", required: true, maxlength: "2000" });
  const contact = h("input.input", {
    id: address,
    required: true,
    minlength: "3",
    maxlength: "200",
    autocomplete: "email",
    placeholder: "you@example.org",
    "aria-describedby": `${address}-hint`,
  });
  const failed = h("div");
  const send = button("Send the request", { kind: "primary", type: "submit" });
  const node = h(
    "form.stack.v-corpus-request",
    { on: { submit } },
    h("h3", "Ask for removal"),
    h(
      "fieldset.stack.tight",
      h("legend.small.muted", "Remove"),
      boxes.map(({ label }) => label),
    ),
    h("div.field", h("label", { for: why }, "Why is this code yours?"), statement),
    h(
      "div.field",
      h("label", { for: address }, "Your address"),
      contact,
      h("span.hint", { id: `${address}-hint` }, "Only the operator sees it."),
    ),
    h("p.small.muted.wrap-anywhere", found.requests ?? ""),
    h("div.row", send),
    failed,
  );

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    const optOuts = boxes.filter(({ box }) => box.checked).map(({ optOut }) => optOut);
    const body = { opt_outs: optOuts, statement: statement.value, contact: contact.value };
    send.disabled = true;
    replace(failed);
    try {
      const made = await ctx.api.post("/api/v1/removal-requests", body, { signal: ctx.signal });
      const heading = h("h3", { tabindex: "-1" }, "Your request was sent");
      node.replaceWith(h("div.stack.tight", heading, ...confirmation(made.reference)));
      heading.focus();
    } catch (error) {
      send.disabled = false;
      if (!ctx.signal.aborted) replace(failed, errorState(error, { level: 4 }));
    }
  }

  return node;
}

/** @param {string} reference */
const confirmation = (reference) => [
  h("p", "Keep its reference. It is the only way to see what is decided:"),
  h(
    "div.row",
    h("a.mono.wrap-anywhere", { href: requestHref(reference) }, reference),
    copyButton(reference, { label: "Copy the reference" }),
  ),
];
