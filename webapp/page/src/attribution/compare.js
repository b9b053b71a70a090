// A source opened: the text and the source side by side, its facts, and every place it was seen at.
import { h, replace } from "../dom.js";
import { kindBadge, licenseBadge } from "../components/badge.js";
import { facts } from "../components/card.js";
import { copyButton } from "../components/copy.js";
import { openDialog } from "../components/dialog.js";
import { errorState, loadingState } from "../components/states.js";
import { table } from "../components/table.js";
import { icon } from "../icons.js";
import { count, day, percent, plural, shortRevision, sure } from "../format.js";
import { citationComment } from "./citation.js";
import { citedPlace, linesInWords } from "./text_of_lines.js";
import { documentLink } from "./cards.js";
import { sides } from "./sides.js";

/** api, the source, the text that was judged, its language and the words for it ("Generated"). */
export function openSource({ api, source, text, language, firstLine = 1, mine = "Generated" }) {
  const place = citedPlace(source);
  const controller = new AbortController();
  const outlet = h("div", { "aria-live": "polite" });
  const show = async (match) => {
    replace(outlet, loadingState("Aligning both texts"));
    try {
      const { rows, cut } = await api.post(
        "/api/v1/side-by-side",
        {
          code: text,
          document: source.document,
          match: { kind: match.kind, snippet: span(match.snippet), source: span(match.source) },
        },
        { signal: controller.signal },
      );
      replace(
        outlet,
        cut && h("p.note", null, icon("info"), `Cut: ${cut}.`),
        sides(rows, {
          kind: match.kind,
          firstLine,
          mine,
          theirs: place ? `${place.repository} · ${place.path}` : source.document,
        }),
      );
    } catch (problem) {
      if (problem.name !== "AbortError") replace(outlet, errorState(problem, { retry: () => show(match), level: 3 }));
    }
  };
  const body = h(
    "div.stack",
    null,
    h(
      "div.row",
      null,
      kindBadge(source.kind),
      place && licenseBadge(place.license),
      h("span.small.muted", null, `${percent(source.containment)} of its tokens · ${sure(source.confidence)} sure`),
    ),
    place?.license.conflict && h("p.note.warn", null, icon("warning"), place.license.conflict),
    source.matches.length > 1 && matchPicker(source, firstLine, show),
    outlet,
    h("div.split", null, figures(source), placeFacts(source, place)),
    h(
      "div.row",
      null,
      copyButton(() => citationComment(source, language), {
        label: "Copy citation comment",
        icon: "quote",
        kind: "plain",
        said: "Citation comment copied",
      }),
      copyButton(source.notice, { label: "Copy NOTICE", icon: "file", kind: "plain", said: "NOTICE text copied" }),
      place?.url && copyButton(place.url, { label: "Copy permanent link", icon: "link", kind: "plain" }),
      place && copyButton(place.swhid, { label: "Copy SWHID", icon: "copy", kind: "plain" }),
      h("a.button.small", { href: documentLink(source) }, icon("file"), "Open the document"),
    ),
    places(source),
  );
  show(source.matches[0]);
  return openDialog({
    title: place ? `${place.repository} · ${place.path}` : source.document,
    body,
    drawer: true,
  }).finally(() => controller.abort());
}

const span = ({ start_line, end_line, start, end }) => ({ start_line, end_line, start, end });

function matchPicker(source, firstLine, show) {
  return h(
    "fieldset.row",
    null,
    h("legend.vh", null, "Matched parts"),
    h(
      "div.segmented",
      { class: "scrolls" },
      source.matches.map((match, at) =>
        h(
          "label",
          null,
          h("input", { type: "radio", name: "match", checked: at === 0, on: { change: () => show(match) } }),
          h("span", null, `${mine(match.snippet)} ↔ ${match.source.start_line}–${match.source.end_line}`),
        ),
      ),
    ),
  );
}

function figures(source) {
  const tokens = source.matches.reduce((sum, match) => sum + match.tokens, 0);
  return facts([
    ["Matched", `${plural(tokens, "token")} in ${plural(source.matches.length, "part")}`],
    ["Share of the tokens", percent(source.containment)],
    ["Similarity", percent(source.similarity)],
    ["Longest equal run", plural(source.longest_run_tokens, "token")],
    ["Confidence", sure(source.confidence)],
    ["Near-equal files", source.documents?.length > 1 ? count(source.documents.length) : null],
  ]);
}

function placeFacts(source, place) {
  if (!place) return null;
  return facts([
    ["Licence", place.license.expression === "NOASSERTION" ? "not known" : place.license.expression],
    ["Read from", place.license.evidence],
    ["Revision", place.revision],
    ["Date", place.date ? day(place.date) : null],
    ["Origin", source.origin?.reason],
    [
      "Permanent link",
      place.url && h("a.wrap-anywhere", { href: place.url, target: "_blank", rel: "noreferrer noopener" }, place.url),
    ],
    ["Package", place.purl && h("span.mono.wrap-anywhere", null, place.purl)],
    ["SWHID", h("span.mono.wrap-anywhere", null, source.document)],
  ]);
}

function places(source) {
  const { occurrences, occurrences_total: total } = source;
  const caption =
    total > occurrences.length
      ? `${count(occurrences.length)} of ${plural(total, "place")}`
      : `${plural(total, "place")} where this code was seen`;
  return table({
    caption,
    rows: occurrences,
    columns: [
      {
        label: "Repository",
        cell: (one) =>
          one.url
            ? h("a", { href: one.url, target: "_blank", rel: "noreferrer noopener" }, one.repository)
            : one.repository,
      },
      {
        label: "Path",
        cell: (one) =>
          h(
            "span.mono.wrap-anywhere",
            null,
            `${one.path}${one.lines ? `:${one.lines.start_line}–${one.lines.end_line}` : ""}`,
          ),
      },
      { label: "Revision", cell: (one) => h("span.mono", null, shortRevision(one.revision) ?? "") },
      { label: "Licence", cell: (one) => licenseBadge(one.license) },
      { label: "Date", cell: (one) => one.date?.slice(0, 10) ?? "" },
      {
        label: "Stars",
        numeric: true,
        cell: (one) => (one.stars === null || one.stars === undefined ? "" : count(one.stars)),
      },
    ],
  });
}
