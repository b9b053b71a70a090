// Languages that the page colours: their canonical names (as the API calls them), the ends of file
// names, how a comment is written, and the mode, which is fetched when it is first needed.
import { LanguageDescription, LanguageSupport, StreamLanguage } from "@codemirror/language";

const legacy = (load, name) => async () => new LanguageSupport(StreamLanguage.define((await load())[name]));
const clike = (name) => legacy(() => import("@codemirror/legacy-modes/mode/clike"), name);
const javascript = (options) => async () => (await import("@codemirror/lang-javascript")).javascript(options);
const cpp = async () => (await import("@codemirror/lang-cpp")).cpp();

// [canonical name, label, ends of names, start of a line comment (a pair: around a comment), loader]
const TABLE = [
  ["python", "Python", "py pyi pyw", "#", async () => (await import("@codemirror/lang-python")).python()],
  ["javascript", "JavaScript", "js mjs cjs", "//", javascript()],
  ["typescript", "TypeScript", "ts mts cts", "//", javascript({ typescript: true })],
  ["jsx", "JSX", "jsx", "//", javascript({ jsx: true })],
  ["tsx", "TSX", "tsx", "//", javascript({ jsx: true, typescript: true })],
  ["java", "Java", "java", "//", async () => (await import("@codemirror/lang-java")).java()],
  ["c", "C", "c h", "//", cpp],
  ["c++", "C++", "cc cpp cxx hpp hh hxx cu cuh", "//", cpp],
  ["c#", "C#", "cs", "//", clike("csharp")],
  ["go", "Go", "go", "//", async () => (await import("@codemirror/lang-go")).go()],
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
  ["html", "HTML", "html htm", ["<!--", "-->"], async () => (await import("@codemirror/lang-html")).html()],
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
    "dockerfile",
    "#",
    legacy(() => import("@codemirror/legacy-modes/mode/dockerfile"), "dockerFile"),
  ],
  ["cmake", "CMake", "cmake", "#", legacy(() => import("@codemirror/legacy-modes/mode/cmake"), "cmake")],
  ["verilog", "Verilog", "v sv", "//", legacy(() => import("@codemirror/legacy-modes/mode/verilog"), "verilog")],
  ["vhdl", "VHDL", "vhd vhdl", "--", legacy(() => import("@codemirror/legacy-modes/mode/vhdl"), "vhdl")],
];

const ALIASES = {
  py: "python",
  python3: "python",
  js: "javascript",
  node: "javascript",
  ts: "typescript",
  cpp: "c++",
  cc: "c++",
  cs: "c#",
  csharp: "c#",
  golang: "go",
  rs: "rust",
  rb: "ruby",
  kt: "kotlin",
  sh: "shell",
  bash: "shell",
  zsh: "shell",
  yml: "yaml",
  md: "markdown",
  html5: "html",
  docker: "dockerfile",
};

/** [{id, label}], most used first. */
export const LANGUAGES = TABLE.map(([id, label]) => ({ id, label }));

const ROWS = new Map(TABLE.map((row) => [row[0], row]));
const ENDS = new Map(TABLE.flatMap(([id, , ends]) => ends.split(" ").map((end) => [end, id])));
const LOADED = new Map();

/** The canonical name for any known spelling ("py", "Python"); null when it is not known. */
export function canonical(name) {
  const key = (name ?? "").trim().toLowerCase();
  if (ROWS.has(key)) return key;
  return ALIASES[key] ?? null;
}

export const languageLabel = (id) => ROWS.get(canonical(id))?.[1] ?? id ?? "not known";

/** The language by a file's name; null when its end says nothing. */
export function languageOfName(name) {
  const base = name.split(/[\\/]/).pop().toLowerCase();
  if (base === "dockerfile" || base === "makefile") return base === "dockerfile" ? "dockerfile" : null;
  return base.includes(".") ? (ENDS.get(base.split(".").pop()) ?? null) : null;
}

/** "x.py" for a download in this language. */
export function fileName(stem, language) {
  const end = ROWS.get(canonical(language))?.[2].split(" ")[0] ?? "txt";
  return `${stem}.${end}`;
}

/** The lines as a comment of the language. JSON has none: there they stay as they are. */
export function asComment(lines, language) {
  const row = ROWS.get(canonical(language));
  const mark = row ? row[3] : "#";
  const kept = lines.map(inside);
  if (mark === null) return kept.join("\n");
  if (typeof mark === "string") return kept.map((line) => `${mark} ${line}`.trimEnd()).join("\n");
  const [open, close] = mark;
  // HTML's ends at --!> as well, and XML's may not hold -- at all
  const apart = (line) =>
    open === "<!--" ? line.replace(/-(?=-)/g, "- ") : line.replaceAll(close, close.split("").join(" "));
  return [open, ...kept.map((line) => `  ${apart(line)}`), close].join("\n");
}

/** Strangers name files. A name must not end the comment that it stands in: neither by a line end,
    nor by one as Java writes it (\u000a), nor by PHP's ?>; nor show its text in another order. */
const inside = (line) =>
  line
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/\\(?=u)/g, "\\ ")
    .replaceAll("?>", "? >");

/** The CodeMirror extension of a language; [] when there is none or it cannot be fetched. */
export async function support(language) {
  const row = ROWS.get(canonical(language));
  if (!row) return [];
  if (!LOADED.has(row[0]))
    LOADED.set(
      row[0],
      row[4]().catch(() => []),
    );
  return LOADED.get(row[0]);
}

/** For markdown's fenced blocks. */
export const describe = (info) => {
  const id = canonical(info);
  return id ? LanguageDescription.of({ name: id, load: () => support(id) }) : null;
};
