// Names as people write them; the index keeps languages in lower case.

/** @type {Record<string, string>} */
const LANGUAGES = {
  css: "CSS",
  html: "HTML",
  json: "JSON",
  php: "PHP",
  sql: "SQL",
  toml: "TOML",
  xml: "XML",
  yaml: "YAML",
  cuda: "CUDA",
  cmake: "CMake",
  glsl: "GLSL",
  hcl: "HCL",
  ini: "INI",
  svg: "SVG",
  tsx: "TSX",
  csv: "CSV",
  "c++": "C++",
  "c#": "C#",
  "f#": "F#",
  javascript: "JavaScript",
  typescript: "TypeScript",
  restructuredtext: "reStructuredText",
  ocaml: "OCaml",
  "objective-c": "Objective-C",
  matlab: "MATLAB",
  tex: "TeX",
  graphql: "GraphQL",
  powershell: "PowerShell",
  vhdl: "VHDL",
  llvm: "LLVM",
  scss: "SCSS",
  "protocol buffer": "Protocol Buffers",
  "jupyter notebook": "Jupyter Notebook",
  coffeescript: "CoffeeScript",
};

/** @param {string | null} name */
export function languageName(name) {
  if (!name) return "language not known";
  return LANGUAGES[name.toLowerCase()] ?? name.replace(/(?<![\p{L}\p{N}])\p{Ll}/gu, (c) => c.toUpperCase());
}

/** @param {string} expression */
export const licenseName = (expression) =>
  !expression || expression === "NOASSERTION" ? "licence not known" : expression;
