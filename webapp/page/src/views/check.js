// Check: code from elsewhere, which is pasted, dropped, opened, or comes with a link.
import { h, replace, set } from "../dom.js";
import { ProvenancePanel } from "../attribution/panel.js";
import { fromFragment } from "../attribution/fragment.js";
import { indexedCode } from "../attribution/indexed_code.js";
import { asProblem } from "../client.js";
import { readFiles } from "../checking/files.js";
import { CheckedFiles } from "../checking/checked_files.js";
import { fileTabs } from "../checking/tabs.js";
import { createEditor, tabHint } from "../code/editor.js";
import { activate, selectSource } from "../code/marks.js";
import { LANGUAGES, languageLabel, languageOfName } from "../code/languages.js";
import { button } from "../components/button.js";
import { indexSelect } from "../components/index_select.js";
import { emptyState } from "../components/states.js";
import { toast } from "../components/toast.js";
import { icon } from "../icons.js";
import { plural } from "../format.js";
import { remembered } from "../shell/remembered.js";
import { splitPane } from "../playground/split_pane.js";

/** @type {import("../shell/router.js").ViewModule["mount"]} */
export async function mount(root, ctx) {
  const { api, signal } = ctx;
  /** @type {HTMLInputElement} */
  const input = h("input", {
    type: "file",
    multiple: true,
    hidden: true,
    on: { change: () => take([...(input.files ?? [])]) },
  });
  const unknown = h("option", { value: "" });
  /** @type {HTMLSelectElement} */
  const languages = h(
    "select.select",
    { "aria-label": "Language", on: { change: () => setLanguage(languages.value || null) } },
    unknown,
    LANGUAGES.map(({ id, label }) => h("option", { value: id }, label)),
  );
  const indexes = indexSelect(api, (index) => {
    checked.index = index;
  });
  const start = button("Check", {
    kind: "primary",
    icon: "shield",
    hint: "Check (Ctrl+Enter)",
    on: () => checked.checkAll(),
  });
  const bar = h(
    "div.controls",
    { role: "group", "aria-label": "What to check" },
    button("Open files", { icon: "upload", on: () => input.click() }),
    input,
    h("div.pick.language", languages),
    indexes,
    h("span.small.muted.hint", "or paste, or drop files anywhere"),
    h("div.go", start),
  );
  const footing = h("div.footing", { role: "status" });
  const clear = button("Clear", { icon: "trash", small: true, kind: "quiet", on: () => empty() });
  const tabs = fileTabs({ onSelect: (at) => checked.select(at) });
  const checkAll = () => {
    checked.checkAll();
    return true;
  };
  const pane = h("section.editor-pane", { "aria-label": "Code to check" }, tabs.node);
  const editor = createEditor({
    parent: pane,
    nonce: ctx.nonce,
    label: "Code to check; Escape then Tab leaves the editor",
    hint: "Paste code here to see where it is from.",
    keys: [{ key: "Mod-Enter", run: checkAll }],
    on: {
      change: (update) => update.docChanged && edited(update),
      point: (mark) => {
        panel.highlight(mark?.source ?? null, { reveal: Boolean(mark) });
        activate(editor.view, mark?.run ?? null, mark?.source ?? null);
      },
      pick: ({ source }, focus) => panel.highlight(source, { reveal: true, focus }),
    },
  });
  const panel = new ProvenancePanel({
    api,
    announce: ctx.announce,
    mine: "Your code",
    subject: "code",
    idle: emptyState({
      title: "Where is this code from?",
      icon: "shield",
      level: 3,
      actions: button("Try an example", { icon: "spark", on: example }),
      text: ["Paste code, or drop files. It is compared with the index line by line. The service stores nothing."],
    }),
    language: () => checked.language.id,
    on: {
      active: (source) => activate(editor.view, checked.file.check.key, source),
      jump(source) {
        panel.toggle(false);
        selectSource(editor.view, checked.file.check.key, source);
      },
      listed: (check) => checked.listed(check),
      again: () => checked.check(),
      retry: () => checked.checkAll(),
    },
  });
  const checked = new CheckedFiles({ api, editor, signal, changed: render });
  pane.append(h("div.footing-bar", footing, tabHint(), clear));
  const drop = h("div.drop-hint", { hidden: true, "aria-hidden": "true" }, icon("upload"), "Drop files to check them");
  root.append(h("h1.vh", "Check"), bar, h("div.stage", splitPane(pane, panel.node)), drop);

  /** @param {import("@codemirror/view").ViewUpdate} update */
  function edited(update) {
    checked.edited();
    // text that is pasted into an empty editor is checked at once
    const pasted = update.transactions.some((tr) => tr.isUserEvent("input.paste"));
    if (pasted && !update.startState.doc.toString().trim()) checked.check();
  }

  function render() {
    const { file, files } = checked;
    panel.show(file.check);
    tabs.render(files, checked.at);
    const { id, guessed } = checked.language;
    languages.value = file.language ?? "";
    replace(unknown, guessed ? `${languageLabel(id)} (from the source)` : "Language not known");
    editor.setLanguage(id);
    const { lines } = editor.view.state.doc;
    replace(
      footing,
      h("span", [file.name, file.text ? plural(lines, "line") : null].filter(Boolean).join(" · ")),
      file.note && h("span.footing-note", icon("info"), file.note),
    );
    set(clear, { hidden: !file.text && files.length === 1 });
    start.disabled = !files.some(({ text }) => text.trim());
  }

  /** @param {string | null} language */
  function setLanguage(language) {
    checked.file.language = language;
    editor.setLanguage(language);
    if (checked.file.check.attribution) checked.check();
  }

  function empty() {
    if (location.hash) ctx.navigate("/check", { replace: true });
    link = "";
    checked.open([{ name: null, text: "", language: null, note: null }]);
    editor.view.focus();
  }

  async function example() {
    try {
      const { code: text, language } = await indexedCode(api, signal);
      checked.open([{ name: null, text, language, note: "An example: lines of a file in the index." }]);
      await checked.check();
    } catch (error) {
      if (!signal.aborted) toast(asProblem(error).message, { tone: "bad" });
    }
  }

  /** @param {File[]} list */
  async function take(list) {
    const { files, refused } = await readFiles(list);
    input.value = "";
    for (const sentence of refused.slice(0, 3)) toast(sentence, { tone: "bad" });
    if (!files.length) return;
    checked.open(files.map((file) => ({ ...file, language: languageOfName(file.name) })));
    await checked.checkAll();
  }

  let link = ""; // the fragment that the text came with

  /** @param {URL} url */
  async function fromLink(url) {
    try {
      const linked = await fromFragment(url.hash);
      if (!linked) return;
      link = url.hash;
      checked.open([
        { name: linked.name, text: linked.code, language: linked.language, note: "From a link, and checked again." },
      ]);
      await checked.check();
    } catch {
      toast("The link is damaged: its code cannot be read", { tone: "bad" });
    }
  }

  let depth = 0; // of elements that the drag has entered
  /** @param {DragEvent} event */
  const dragged = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  /** @param {boolean} is */
  const over = (is) => set(drop, { hidden: !is });
  window.addEventListener(
    "dragenter",
    (event) => {
      if (dragged(event)) {
        depth += 1;
        over(true);
      }
    },
    { signal },
  );
  window.addEventListener(
    "dragleave",
    (event) => {
      if (dragged(event)) {
        depth -= 1;
        over(depth > 0);
      }
    },
    { signal },
  );
  window.addEventListener("dragover", (event) => dragged(event) && event.preventDefault(), { signal });
  window.addEventListener(
    "drop",
    (event) => {
      if (!dragged(event)) return;
      event.preventDefault();
      event.stopPropagation(); // or the editor would insert the text, too
      depth = 0;
      over(false);
      take([...(event.dataTransfer?.files ?? [])]);
    },
    { signal, capture: true },
  );
  document.addEventListener(
    "keydown",
    (event) => {
      if (
        event.defaultPrevented ||
        event.key !== "Enter" ||
        !(event.ctrlKey || event.metaKey) ||
        document.querySelector("dialog[open]")
      )
        return;
      event.preventDefault();
      checked.checkAll();
    },
    { signal },
  );
  const last = remembered("check", signal, (withResults) => ({
    ...checked.kept(withResults),
    link,
    top: editor.view.scrollDOM.scrollTop,
  }));
  signal.addEventListener("abort", () => editor.destroy());
  render();
  if (last && (!ctx.url.hash || ctx.url.hash === last.link)) {
    link = last.link;
    const restored = checked.restore(last);
    editor.view.requestMeasure({ read: () => {}, write: () => editor.view.scrollDOM.scrollTo(0, last.top) });
    await restored;
  } else await fromLink(ctx.url);
  return { update: (url) => fromLink(url) };
}
