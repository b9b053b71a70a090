// The models that the service offers, and their licences.
import { openDialog } from "../components/dialog.js";
import { externalLink } from "../components/link.js";
import { toast } from "../components/toast.js";
import { h } from "../dom.js";

/**
 * @typedef {object} License
 * @property {string} name
 * @property {string | null} url
 * @property {string[]} restrictions
 * @property {string | null} accepted when the user accepted it
 * @property {boolean} needs_acceptance
 */
/** @typedef {{ prefix: string, suffix: string }} Gap code around a gap */
/** @typedef {Partial<{ modes: string[], license: Partial<License>, description: string, examples: string[], chat_examples: string[], infill_examples: Gap[], state: string, state_reason: string }>} Listed */
/** @typedef {{ id: string, modes: Set<string>, license: License, description: string, examples: string[], chatExamples: string[], infillExamples: Gap[], state: string, detail: string }} Model */

/**
 * The models of GET /v1/models.
 * @param {import("../client.js").Client} api
 * @param {AbortSignal} signal
 * @returns {Promise<Model[]>}
 */
export async function listModels(api, signal) {
  const { data } = await api.get("/v1/models", { signal });
  return data.map(({ id, whence }) => {
    const { modes, license, description, examples, chat_examples, infill_examples, state, state_reason } =
      /** @type {Listed} */ (whence);
    return {
      id,
      modes: new Set(modes ?? ["completion"]),
      license: { name: "", url: null, restrictions: [], accepted: null, needs_acceptance: false, ...license },
      description: description ?? "",
      examples: examples ?? [],
      chatExamples: chat_examples ?? [],
      infillExamples: infill_examples ?? [],
      state: state ?? "ready",
      detail: state_reason ?? "",
    };
  });
}

/**
 * Shows a model's licence with its restrictions; true when the user accepts it.
 * @param {Model} model
 * @param {{ ask?: boolean }} [options] whether to ask for acceptance
 */
export function showLicense(model, { ask = false } = {}) {
  const { name, url, restrictions, accepted } = model.license;
  const read = h("input", { type: "checkbox" });
  const accept = () => {
    if (read.checked) return true;
    read.focus();
    toast("Tick the box to accept", { tone: "bad" });
    return undefined;
  };
  return openDialog({
    title: name ? `Licence of ${model.id}` : `${model.id} states no licence`,
    body: h(
      "div.stack",
      name
        ? h("p", `${model.id} comes under `, url ? externalLink(url, name) : name, ".")
        : h("p", "The licence of this model is not known."),
      restrictions.length > 0 &&
        h(
          "div.stack.tight",
          h("h3", "You agree not to use it, or its output, for any of these:"),
          h(
            "ul.restrictions",
            restrictions.map((restriction) => h("li", restriction)),
          ),
        ),
      accepted && h("p.small.muted", `Accepted here on ${accepted.slice(0, 10)}.`),
      ask &&
        h(
          "label.check",
          read,
          h("span", "I have read the restrictions and accept them. This service records the time."),
        ),
    ),
    actions: ask
      ? [
          { label: "Decline", value: false },
          { label: "Accept", kind: "primary", value: accept },
        ]
      : [{ label: "Close", value: false }],
  });
}

/**
 * Asks for the acceptance that a model needs; true when it may be used.
 * @param {import("../client.js").Client} api
 * @param {Model} model
 */
export async function acceptLicense(api, model) {
  if (!model.license.needs_acceptance) return true;
  if ((await showLicense(model, { ask: true })) !== true) return false;
  const path = model.id.split("/").map(encodeURIComponent).join("/");
  await api.open(`/v1/models/${path}/license`, { method: "POST", body: { accept: true } });
  model.license.needs_acceptance = false;
  model.license.accepted = new Date().toISOString();
  return true;
}
