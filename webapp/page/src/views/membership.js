// "Is my code in here?": a look-up by owner or repository, with the answer and how to opt out.
import { table } from "../../../../attribution/reports/page/tables.js";
import { button } from "../components/button.js";
import { pager } from "../components/pager.js";
import { errorState, loadingState } from "../components/states.js";
import { h, replace } from "../dom.js";
import { count, plural } from "../format.js";
import { icon } from "../icons.js";
import { licenseName } from "./names.js";
import { pastedForm } from "./pasted.js";
import { prose } from "./prose.js";
import { searchHref } from "./query.js";
import { removalForm } from "./removal_form.js";

/** @typedef {Api.MembershipAnswer} Membership */
/** @typedef {(cursor: string | null) => Promise<Membership>} FetchPage */

/** The card; the address keeps the owner as ?owner=. @param {import("../shell/router.js").ViewContext} ctx @param {string} owner */
export function membershipCard(ctx, owner) {
  const input = h("input.input", {
    id: "membership-owner",
    name: "owner",
    value: owner,
    placeholder: "owner, owner/repository, address or package",
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
      h(
        "div.stack.tight",
        h("h2", { id: "membership-title" }, "Is my code in here?"),
        h(
          "p.small.muted",
          "Your name on the forge, one of your repositories (its address will do), or the name of a package.",
        ),
      ),
      h(
        "form.v-corpus-form",
        { on: { submit } },
        h("label.vh", { for: "membership-owner" }, "Owner, repository or package"),
        input,
        button("Look it up", { kind: "primary", type: "submit" }),
      ),
      pastedForm(ctx),
      answer,
    ),
  );
  let latest = 0; // only the answer to the latest look-up is shown

  /** @param {SubmitEvent} event */
  function submit(event) {
    event.preventDefault();
    const typed = input.value.trim();
    if (typed) ctx.navigate(`/corpus?owner=${encodeURIComponent(typed)}`, { replace: true });
  }

  /** @param {string} name */
  async function lookup(name) {
    latest += 1;
    const mine = latest;
    input.value = name;
    answer.hidden = false;
    replace(answer, loadingState("Looking"));
    /** @type {FetchPage} */
    const page = (cursor) => ctx.api.get("/api/v1/membership", { query: { owner: name, cursor }, signal: ctx.signal });
    try {
      const found = await page(null);
      if (mine === latest) replace(answer, ...membershipAnswer(ctx, found, page));
    } catch (error) {
      if (mine !== latest || ctx.signal.aborted) return;
      replace(answer, errorState(error, { retry: () => lookup(name), level: 3 }));
    }
  }

  function clear() {
    latest += 1;
    input.value = "";
    answer.hidden = true;
  }

  return { node, lookup, clear };
}

/** @param {import("../shell/router.js").ViewContext} ctx @param {Membership} found @param {FetchPage} page */
const membershipAnswer = (ctx, found, page) => [
  verdict(found),
  found.removed.map(({ says }) => h("p.wrap-anywhere", says)),
  holdingsTable(found, page),
  found.removal_preview && removalPreview(found.removal_preview),
  removalNote(ctx, found),
];

/** @param {Membership} membership */
function verdict({
  name: owner,
  host,
  found,
  documents,
  repositories,
  next_cursor: more,
  opted_out: out,
  suggestions,
}) {
  const name = h("strong.wrap-anywhere", owner);
  const hosts = host ? ` (${host} is not compared, only the name.)` : "";
  if (out && !found) {
    return note("good", "shield", "No. ", name, " asked to be left out. No answer of this service shows its code.");
  }
  if (!found) {
    const advice =
      " is not in this index. This look-up does not find copies under another name: search for a line of your code, or check a file.";
    return h("div.stack.tight", note("good", "check", "No. ", name, advice, hosts), similarNames(suggestions));
  }
  const where = `${more ? "more than " : ""}${plural(repositories.length, "repository", "repositories")}`;
  return note(
    "accent",
    "database",
    "Yes. This index has ",
    h("span", `${plural(documents, "file")} of `),
    name,
    `, from ${where}.`,
    hosts,
  );
}

/** @param {string[]} names */
const similarNames = (names) =>
  names.length > 0 &&
  h(
    "p",
    "Names in the index like it: ",
    names.flatMap((name, at) => [at > 0 && ", ", h("a", { href: `/corpus?owner=${encodeURIComponent(name)}` }, name)]),
  );

/** @param {string} tone @param {string} name of the icon @param {...import("../dom.js").Children} text */
const note = (tone, name, ...text) => h("p.v-corpus-verdict", { class: tone }, icon(name), h("span", text));

/** @param {Membership} membership @param {FetchPage} page */
function holdingsTable({ name: owner, repositories, next_cursor }, page) {
  if (!repositories.length) return null;
  let cursor = next_cursor;
  /** @param {Membership["repositories"][number][]} rows */
  const make = (rows) =>
    table({
      caption: `Repositories of ${owner} in the index`,
      hideCaption: true,
      rows,
      columns: [
        { label: "Repository", cell: ({ repository }) => searchLink(repository) },
        { label: "Files", numeric: true, cell: ({ documents }) => count(documents) },
        { label: "Occurrences", numeric: true, cell: ({ occurrences }) => count(occurrences) },
        { label: "Licences", cell: ({ licenses }) => licenses.map(licenseName).join(", ") || "not known" },
      ],
    });
  const shown = make(repositories);
  const more = async () => {
    const next = await page(cursor);
    cursor = next.next_cursor;
    shown.querySelector("tbody")?.append(...make(next.repositories).querySelectorAll("tbody > tr"));
    return Boolean(cursor);
  };
  return h("div.stack.tight", shown, cursor && pager(more));
}

/** @param {string} repository */
const searchLink = (repository) =>
  h("a.wrap-anywhere", { href: searchHref({ q: repository.split("/").at(-1) ?? "", repository }) }, repository);

/** What a removal would do. @param {NonNullable<Membership["removal_preview"]>} preview */
function removalPreview({ occurrences, files, files_deleted: gone, files_staying: left, staying }) {
  const took = `A removal would remove ${plural(occurrences, "occurrence")} of ${plural(files, "file")}: `;
  const stays = left ? `${count(left)} would stay, because other repositories have the same content.` : "";
  const rows = table({
    caption: "Files that a removal leaves, because other repositories have them",
    hideCaption: true,
    rows: staying,
    columns: [
      { label: "File", cell: ({ document, removed }) => fileLink(document, removed[0]) },
      { label: "Also in", cell: ({ document, elsewhere }) => fileLink(document, elsewhere[0]) },
      { label: "Other occurrences", numeric: true, cell: ({ elsewhere_total: n }) => count(n) },
    ],
  });
  const shown = `${count(left)} that would stay${left > staying.length ? `; the first ${count(staying.length)}` : ""}`;
  return h(
    "div.stack.tight",
    h("p", took, `${count(gone)} would be deleted. `, stays),
    left > 0 && h("details.v-corpus-removal", h("summary", `Files: ${shown}`), rows),
  );
}

/** @param {string} swhid @param {{ repository: string, path: string } | undefined} file */
const fileLink = (swhid, file) =>
  file && h("a.wrap-anywhere", { href: `/documents/${swhid}` }, `${file.repository}/${file.path}`);

/** @param {import("../shell/router.js").ViewContext} ctx @param {Membership} membership */
function removalNote(ctx, membership) {
  const { name: owner, found, removal, opted_out: out, requests } = membership;
  if (!removal || (out && !found)) return null;
  return h(
    "details.v-corpus-removal",
    { open: found },
    h("summary", found ? "How to have it removed" : `How to keep ${owner} out`),
    h("p.wrap-anywhere", prose(removal)),
    requests && removalForm(ctx, membership),
  );
}
