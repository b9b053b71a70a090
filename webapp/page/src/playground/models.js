// The models that the service offers, and their licences.
import { h } from "../dom.js";
import { openDialog } from "../components/dialog.js";
import { toast } from "../components/toast.js";

/** [{id, modes: Set, license, description, examples, context, engine, state}] from GET /v1/models. */
export async function listModels(api, signal) {
  const { data = [] } = await api.get("/v1/models", { signal });
  return data.map(({ id, whence = {} }) => ({
    id,
    engine: whence.engine ?? "",
    modes: new Set(whence.modes ?? ["completion"]),
    context: whence.context_tokens ?? null,
    license: { name: "", url: null, restrictions: [], accepted: null, needs_acceptance: false, ...whence.license },
    description: whence.description ?? "",
    examples: whence.examples ?? [],
    state: whence.state ?? "ready",
    detail: whence.state_reason ?? "",
  }));
}

/** Shows a model's licence with its restrictions; true when the user accepts it. */
export function showLicense(model, { ask = false } = {}) {
  const { name, url, restrictions, accepted } = model.license;
  const read = h("input", { type: "checkbox" });
  return openDialog({
    title: name ? `Licence of ${model.id}` : `${model.id} states no licence`,
    body: h(
      "div.stack",
      null,
      h(
        "p",
        null,
        name ? `${model.id} comes under ` : "The licence of this model is not known. ",
        name && (url ? h("a", { href: url, target: "_blank", rel: "noreferrer noopener" }, name) : name),
        name && ".",
      ),
      restrictions.length > 0 &&
        h(
          "div.stack.tight",
          null,
          h("h3", null, "You agree not to use it, or what it writes:"),
          h(
            "ul.restrictions",
            null,
            restrictions.map((sentence) => h("li", null, sentence)),
          ),
        ),
      accepted && h("p.small.muted", null, `Accepted here on ${accepted.slice(0, 10)}.`),
      ask &&
        h(
          "label.check",
          null,
          read,
          h("span", null, "I have read the restrictions and accept them. The time is recorded on this service."),
        ),
    ),
    actions: ask
      ? [
          { label: "Decline", value: false },
          {
            label: "Accept",
            kind: "primary",
            value: () => {
              if (read.checked) return true;
              read.focus();
              toast("Tick the box to accept", { tone: "bad" });
              return undefined;
            },
          },
        ]
      : [{ label: "Close", value: false }],
  });
}

/** Asks for the acceptance that a model needs; true when it may be used. */
export async function acceptLicense(api, model) {
  if (!model.license.needs_acceptance) return true;
  if ((await showLicense(model, { ask: true })) !== true) return false;
  await api.post(`/v1/models/${model.id.split("/").map(encodeURIComponent).join("/")}/license`, { accept: true });
  model.license.needs_acceptance = false;
  model.license.accepted = new Date().toISOString();
  return true;
}
