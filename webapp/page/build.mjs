// Bundles the page: src/main.js (split, so that a view loads what it needs), the stylesheet, and
// the script that sets the theme before the first paint. Writes ../static/dist and its manifest.
import { build } from "esbuild";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const final = path.resolve(process.env.WHENCE_PAGE_OUT ?? path.join(here, "..", "static", "dist"));
const out = `${final}.${process.pid}`; // moved to its place when it is complete

const shared = "../../../attribution/reports/page"; // from src: what the HTML report uses too

// The order is the cascade: tokens first, views last.
const LAYERS = ["tokens", "base", "forms", "components", "shell", "code", "provenance", "playground"];

async function stylesheet() {
  const views = (await readdir(path.join(here, "src", "views"))).filter((name) => name.endsWith(".css"));
  const imports = [
    ...LAYERS.map((name) => `./styles/${name}.css`),
    `${shared}/sides.css`,
    ...views.sort().map((name) => `./views/${name}`),
  ];
  return imports.map((file) => `@import ${JSON.stringify(file)};`).join("\n");
}

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  target: ["es2022", "chrome100", "firefox100", "safari15.4"],
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const results = await Promise.all([
  build({ ...common, entryPoints: ["src/main.js"], format: "esm", splitting: true }),
  build({ ...common, entryPoints: ["src/theme.js"], format: "iife" }),
  build({
    ...common,
    stdin: {
      contents: await stylesheet(),
      loader: "css",
      resolveDir: path.join(here, "src"),
      sourcefile: "main.css",
    },
    entryNames: "main-[hash]",
  }),
]);

const manifest = { files: [] };
for (const { metafile } of results) {
  for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
    const name = path.basename(file);
    manifest.files.push(name);
    if (entryPoint === "src/main.js") manifest.script = name;
    else if (entryPoint === "src/theme.js") manifest.theme = name;
    else if (name.startsWith("main-") && name.endsWith(".css")) manifest.style = name;
  }
}
manifest.files.sort();
await writeFile(path.join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
await rm(final, { recursive: true, force: true });
await rename(out, final);
