// A pasted file, or a part of one: which repositories of the index have it, for their authors.
import { table } from "../../../../attribution/reports/page/tables.js";
import { button } from "../components/button.js";
import { errorState, loadingState } from "../components/states.js";
import { h, replace } from "../dom.js";
import { count, plural } from "../format.js";

const MOST = 100; // sources of an answer, the limit of the service

/** @typedef {{ name: string, files: number, kinds: Set<string> }} Repository */

/** @param {import("../shell/router.js").ViewContext} ctx */
export function pastedForm(ctx) {
  const code = h("textarea.input.mono", {
    id: "membership-code",
    rows: "5",
    required: true,
    spellcheck: "false",
    placeholder: "A file of yours, or a part of it",
  });
  const answer = h("div.stack.tight.v-corpus-pasted", { "aria-live": "polite" });
  let latest = 0; // of the requests; the answers to former ones are dropped

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    const mine = ++latest;
    replace(answer, loadingState("Looking"));
    try {
      const body = { code: code.value, max_sources: MOST };
      const found = await ctx.api.post("/api/v1/attributions", body, { signal: ctx.signal });
      if (mine === latest) replace(answer, ...pastedAnswer(found));
    } catch (error) {
      if (mine === latest && !ctx.signal.aborted) replace(answer, errorState(error, { level: 3 }));
    }
  }

  return h(
    "details.v-corpus-removal",
    h("summary", "Or paste a file"),
    h(
      "form.stack.tight",
      { on: { submit } },
      h("label.vh", { for: "membership-code" }, "A file of yours, or a part of it"),
      code,
      h("div.row", button("Find it", { kind: "primary", type: "submit" })),
      answer,
    ),
  );
}

/** @param {Api.Attribution} found */
function pastedAnswer(found) {
  const repositories = byRepository(found.sources);
  const total = found.sources_total ?? found.sources.length;
  const hidden = found.sources.reduce((sum, one) => sum + one.occurrences_total - one.occurrences.length, 0);
  const unlisted = [
    hidden > 0 && `${plural(hidden, "occurrence")} more`,
    total > found.sources.length && `${plural(total - found.sources.length, "source")} more`,
  ].filter((part) => part);
  const cut =
    unlisted.length > 0 &&
    h("p", `Not listed: ${unlisted.join(", ")}. To be sure, look up the name of your repository.`);
  const said = h("p.wrap-anywhere", found.reason);
  const partial = found.status === "partial" && h("p.note.warn", `Not everything was checked: ${found.status_reason}.`);
  if (!repositories.length) return [said, partial, cut];
  const rows = table({
    caption: "Repositories that have this code",
    hideCaption: true,
    rows: repositories,
    columns: [
      { label: "Repository", cell: ({ name }) => h("a.wrap-anywhere", { href: href(name) }, name) },
      { label: "Occurrences", numeric: true, cell: ({ files }) => count(files) },
      { label: "How alike", cell: ({ kinds }) => [...kinds].join(", ") },
    ],
  });
  return [said, partial, cut, rows];
}

/** @param {string} name */
const href = (name) => `/corpus?owner=${encodeURIComponent(name)}`;

/** The repositories of some sources, in their order. @param {Api.Source[]} sources */
function byRepository(sources) {
  /** @type {Map<string, Repository>} */
  const known = new Map();
  for (const { kind, occurrences } of sources) {
    for (const { repository: name } of occurrences) {
      const row = known.get(name) ?? { name, files: 0, kinds: new Set() };
      row.files += 1;
      row.kinds.add(kind);
      known.set(name, row);
    }
  }
  return [...known.values()];
}
