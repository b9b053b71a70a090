// "Is my code in here?" by owner or repository, with a plain answer and the way out.

import { button } from "../components/button.js";
import { pager } from "../components/pager.js";
import { errorState, loadingState } from "../components/states.js";
import { table } from "../components/table.js";
import { h, replace } from "../dom.js";
import { count, plural } from "../format.js";
import { icon } from "../icons.js";
import { licenseName } from "./names.js";
import { prose } from "./prose.js";
import { searchHref } from "./query.js";

/** {node, ask(owner), clear()}; the address keeps the question as ?owner=. */
export function membershipCard(ctx, owner) {
  const input = h("input.input", {
    id: "membership-owner",
    name: "owner",
    value: owner,
    placeholder: "owner or owner/repository",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    required: true,
    maxlength: "200",
  });
  const answer = h("div.v-corpus-answer", { "aria-live": "polite", hidden: true });
  const node = h(
    "section.card.v-corpus-member",
    { "aria-labelledby": "membership-title" },
    h(
      "div.body",
      null,
      h(
        "div.stack.tight",
        null,
        h("h2", { id: "membership-title" }, "Is my code in here?"),
        h("p.small.muted", null, "Your name on the forge, one of your repositories, or the name of a package."),
      ),
      h(
        "form.v-corpus-form",
        { on: { submit } },
        h("label.vh", { for: "membership-owner" }, "Owner, repository or package"),
        input,
        button("Look it up", { kind: "primary", type: "submit" }),
      ),
      answer,
    ),
  );
  let turn = 0;

  function submit(event) {
    event.preventDefault();
    const asked = input.value.trim();
    if (asked) ctx.navigate(`/corpus?owner=${encodeURIComponent(asked)}`, { replace: true });
  }

  const get = (asked, cursor) =>
    ctx.api.get("/api/v1/membership", { query: { owner: asked, cursor }, signal: ctx.signal });

  async function ask(asked) {
    turn += 1;
    const mine = turn;
    input.value = asked;
    answer.hidden = false;
    replace(answer, loadingState("Looking"));
    try {
      const found = await get(asked, null);
      if (mine === turn)
        replace(
          answer,
          result(found, (cursor) => get(asked, cursor)),
        );
    } catch (error) {
      if (mine === turn && !ctx.signal.aborted)
        replace(answer, errorState(error, { retry: () => ask(asked), level: 3 }));
    }
  }

  function clear() {
    turn += 1;
    input.value = "";
    answer.hidden = true;
  }

  return { node, ask, clear };
}

function result(found, next) {
  return [verdict(found), found.repositories.length > 0 && holdings(found, next), removal(found)];
}

function verdict({ owner, found, documents, repositories, next_cursor: more, opted_out: out }) {
  const name = h("strong.wrap-anywhere", null, owner);
  if (out && !found)
    return note(
      "good",
      "shield",
      "No. ",
      name,
      " asked to be left out, and is: no answer of this service shows code from there.",
    );
  if (!found)
    return note(
      "good",
      "check",
      "No. Nothing of ",
      name,
      " is in this index. A copy under another name would not be found this way: search for a line of your code, or check a file.",
    );
  const held = more
    ? `more than ${plural(repositories.length, "repository", "repositories")}`
    : plural(repositories.length, "repository", "repositories");
  return note(
    "accent",
    "database",
    "Yes. ",
    h("span", null, `${plural(documents, "file")} of `),
    name,
    ` are in this index, in ${held}.`,
    out && " They were asked to be left out: no answer shows them.",
  );
}

const note = (tone, name, ...text) => h("p.v-corpus-verdict", { class: tone }, icon(name), h("span", null, text));

function holdings(found, next) {
  let cursor = found.next_cursor;
  const columns = [
    {
      label: "Repository",
      cell: (row) =>
        h(
          "a.wrap-anywhere",
          { href: searchHref({ q: basename(row.repository), repository: row.repository }) },
          row.repository,
        ),
    },
    { label: "Files", numeric: true, cell: (row) => count(row.documents) },
    { label: "Places", numeric: true, cell: (row) => count(row.occurrences) },
    { label: "Licences", cell: (row) => row.licenses.map(licenseName).join(", ") || "not known" },
  ];
  const make = (rows) =>
    table({ caption: `Repositories of ${found.owner} in the index`, columns, rows, hideCaption: true });
  const shown = make(found.repositories);
  const more = async () => {
    const page = await next(cursor);
    cursor = page.next_cursor;
    shown.querySelector("tbody").append(...make(page.repositories).querySelectorAll("tbody > tr"));
    return Boolean(cursor);
  };
  return h("div.stack.tight", null, shown, cursor && pager(more));
}

function removal({ owner, found, removal: text, opted_out: out }) {
  if (out || !text) return null;
  return h(
    "details.v-corpus-removal",
    { open: found },
    h("summary", null, found ? "How to have it removed" : `How to keep ${owner} out`),
    h("p.wrap-anywhere", null, prose(text)),
  );
}

const basename = (repository) => repository.split("/").at(-1);
