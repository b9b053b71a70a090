// Languages that the page highlights: their canonical names (as in the API), the ends of file names,
// how a comment is written, and the mode, which is loaded when it is first needed.
import { LanguageSupport, StreamLanguage } from "@codemirror/language";

/** @typedef {() => Promise<LanguageSupport>} Loader */

/**
 * @template {string} Name
 * @param {() => Promise<Record<Name, import("@codemirror/language").StreamParser<unknown>>>} load
 * @param {Name} name
 * @returns {Loader}
 */
const legacy = (load, name) => async () => new LanguageSupport(StreamLanguage.define((await load())[name]));
/** @param {"csharp" | "kotlin" | "scala" | "dart"} name */
const clike = (name) => legacy(() => import("@codemirror/legacy-modes/mode/clike"), name);
/** @param {{ jsx?: boolean, typescript?: boolean }} [options] @returns {Loader} */
const javascript = (options) => async () => (await import("@codemirror/lang-javascript")).javascript(options);
const cpp = async () => (await import("@codemirror/lang-cpp")).cpp();

/**
 * Canonical name, label, ends of file names and other names, start of a line comment (or both ends of
 * a comment), loader.
 * @type {[string, string, string, string | [string, string] | null, Loader][]}
 */
const TABLE = [
  ["python", "Python", "py pyi pyw python3", "#", async () => (await import("@codemirror/lang-python")).python()],
  ["javascript", "JavaScript", "js mjs cjs node", "//", javascript()],
  ["typescript", "TypeScript", "ts mts cts", "//", javascript({ typescript: true })],
  ["jsx", "JSX", "jsx", "//", javascript({ jsx: true })],
  ["tsx", "TSX", "tsx", "//", javascript({ jsx: true, typescript: true })],
  ["java", "Java", "java", "//", async () => (await import("@codemirror/lang-java")).java()],
  ["c", "C", "c h", "//", cpp],
  ["c++", "C++", "cc cpp cxx hpp hh hxx cu cuh", "//", cpp],
  ["c#", "C#", "cs csharp", "//", clike("csharp")],
  ["go", "Go", "go golang", "//", async () => (await import("@codemirror/lang-go")).go()],
  ["rust", "Rust", "rs", "//", async () => (await import("@codemirror/lang-rust")).rust()],
  ["php", "PHP", "php", "//", async () => (await import("@codemirror/lang-php")).php({ plain: true })],
  ["ruby", "Ruby", "rb rake gemspec", "#", legacy(() => import("@codemirror/legacy-modes/mode/ruby"), "ruby")],
  ["kotlin", "Kotlin", "kt kts", "//", clike("kotlin")],
  ["scala", "Scala", "scala sc", "//", clike("scala")],
  ["swift", "Swift", "swift", "//", legacy(() => import("@codemirror/legacy-modes/mode/swift"), "swift")],
  ["dart", "Dart", "dart", "//", clike("dart")],
  ["shell", "Shell", "sh bash zsh", "#", legacy(() => import("@codemirror/legacy-modes/mode/shell"), "shell")],
  [
    "powershell",
    "PowerShell",
    "ps1 psm1",
    "#",
    legacy(() => import("@codemirror/legacy-modes/mode/powershell"), "powerShell"),
  ],
  ["perl", "Perl", "pl pm", "#", legacy(() => import("@codemirror/legacy-modes/mode/perl"), "perl")],
  ["lua", "Lua", "lua", "--", legacy(() => import("@codemirror/legacy-modes/mode/lua"), "lua")],
  ["r", "R", "r", "#", legacy(() => import("@codemirror/legacy-modes/mode/r"), "r")],
  ["julia", "Julia", "jl", "#", legacy(() => import("@codemirror/legacy-modes/mode/julia"), "julia")],
  ["haskell", "Haskell", "hs", "--", legacy(() => import("@codemirror/legacy-modes/mode/haskell"), "haskell")],
  ["clojure", "Clojure", "clj cljs", ";", legacy(() => import("@codemirror/legacy-modes/mode/clojure"), "clojure")],
  ["erlang", "Erlang", "erl hrl", "%", legacy(() => import("@codemirror/legacy-modes/mode/erlang"), "erlang")],
  ["elm", "Elm", "elm", "--", legacy(() => import("@codemirror/legacy-modes/mode/elm"), "elm")],
  ["ocaml", "OCaml", "ml mli", ["(*", "*)"], legacy(() => import("@codemirror/legacy-modes/mode/mllike"), "oCaml")],
  [
    "fortran",
    "Fortran",
    "f90 f95 f03 f",
    "!",
    legacy(() => import("@codemirror/legacy-modes/mode/fortran"), "fortran"),
  ],
  ["sql", "SQL", "sql", "--", async () => (await import("@codemirror/lang-sql")).sql()],
  ["html", "HTML", "html htm html5", ["<!--", "-->"], async () => (await import("@codemirror/lang-html")).html()],
  ["css", "CSS", "css", ["/*", "*/"], async () => (await import("@codemirror/lang-css")).css()],
  ["json", "JSON", "json", null, async () => (await import("@codemirror/lang-json")).json()],
  ["yaml", "YAML", "yaml yml", "#", async () => (await import("@codemirror/lang-yaml")).yaml()],
  ["toml", "TOML", "toml", "#", legacy(() => import("@codemirror/legacy-modes/mode/toml"), "toml")],
  ["xml", "XML", "xml svg", ["<!--", "-->"], async () => (await import("@codemirror/lang-xml")).xml()],
  [
    "markdown",
    "Markdown",
    "md markdown",
    ["<!--", "-->"],
    async () => (await import("@codemirror/lang-markdown")).markdown(),
  ],
  [
    "dockerfile",
    "Dockerfile",
    "dockerfile docker",
    "#",
    legacy(() => import("@codemirror/legacy-modes/mode/dockerfile"), "dockerFile"),
  ],
  ["cmake", "CMake", "cmake", "#", legacy(() => import("@codemirror/legacy-modes/mode/cmake"), "cmake")],
  ["verilog", "Verilog", "v sv", "//", legacy(() => import("@codemirror/legacy-modes/mode/verilog"), "verilog")],
  ["vhdl", "VHDL", "vhd vhdl", "--", legacy(() => import("@codemirror/legacy-modes/mode/vhdl"), "vhdl")],
];

/** The most used ones first. */
export const LANGUAGES = TABLE.map(([id, label]) => ({ id, label }));

const ROWS = new Map(TABLE.map((row) => [row[0], row]));
const IDS = new Map(TABLE.flatMap(([id, , names]) => [id, ...names.split(" ")].map((name) => [name, id])));
/** @type {Map<string, ReturnType<Loader>>} */
const LOADED = new Map();

/** The canonical name for any known spelling ("py", "Python"), else null. @param {string | null | undefined} name */
export function canonical(name) {
  return IDS.get((name ?? "").trim().toLowerCase()) ?? null;
}

/** @param {string | null} name */
const rowOf = (name) => ROWS.get(canonical(name) ?? "");

/** @param {string | null} id */
export const languageLabel = (id) => rowOf(id)?.[1] ?? id ?? "not known";

/** The language by a file's name; null when its end is not known. @param {string} name */
export function languageOfName(name) {
  const base = (name.split(/[\\/]/).pop() ?? "").toLowerCase();
  if (base === "dockerfile") return base;
  return base.includes(".") ? canonical(base.split(".").pop()) : null;
}

/** "x.py" for a download in this language. @param {string} stem @param {string | null} language */
export function fileName(stem, language) {
  const end = rowOf(language)?.[2].split(" ")[0] ?? "txt";
  return `${stem}.${end}`;
}

/**
 * The lines as a comment of the language. JSON has no comments: there the lines stay as they are.
 * @param {string[]} lines
 * @param {string | null} language
 */
export function asComment(lines, language) {
  const row = rowOf(language);
  const mark = row ? row[3] : "#";
  const kept = lines.map(inside);
  if (mark === null) return kept.join("\n");
  if (typeof mark === "string") return kept.map((line) => `${mark} ${line}`.trimEnd()).join("\n");
  const [open, close] = mark;
  // a comment in HTML ends at --!> as well, and one in XML must not contain -- at all
  /** @param {string} line */
  const apart = (line) =>
    open === "<!--" ? line.replace(/-(?=-)/g, "- ") : line.replaceAll(close, close.split("").join(" "));
  return [open, ...kept.map((line) => `  ${apart(line)}`), close].join("\n");
}

/**
 * Strangers name files. A name must not end the comment that it is in: neither by a line end, nor by
 * one as Java writes it (\u000a), nor by PHP's ?>; nor reorder its text.
 * @param {string} line
 */
const inside = (line) =>
  line
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/\\(?=u)/g, "\\ ")
    .replaceAll("?>", "? >");

/**
 * The CodeMirror extension of a language; [] when there is none or it cannot be loaded.
 * @param {string | null} language
 * @returns {Promise<import("@codemirror/state").Extension>}
 */
export async function support(language) {
  const row = rowOf(language);
  if (!row) return [];
  const [id, , , , load] = row;
  const loading = LOADED.get(id) ?? load();
  LOADED.set(id, loading);
  return loading.catch(() => []);
}
