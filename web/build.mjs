// Builds the served files from src/: `node build.mjs [FOLDER]`, the package's own by default.
// Libraries come from node_modules here, or from the folder that BASICCHAT_NODE_MODULES names.
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const source = resolve(here, "src");
const out = resolve(process.argv[2] ?? resolve(here, "../src/basicchat/web/static"));
const modules = resolve(process.env.BASICCHAT_NODE_MODULES ?? resolve(here, "node_modules"));

const LIBRARIES = ["preact", "htm", "marked", "dompurify", "highlight.js", "temml"];
// Files that are served unchanged.
const ALONE = ["index.html", "theme.js", "consent.js", "favicon.svg"];
// Scripts that the page imports at run time, when they are needed.
const LAZY = ["markdown_renderer.js", "code_highlighter.js", "math_renderer.js"];
// A view that is loaded when it is opened; it uses the modules of the page's own bundle.
const VIEWS = ["library.js"];
const BUNDLES = ["app.js", ...VIEWS, ...LAZY, "styles/page.css", "styles/consent.css"];
// English is part of the page. Every other language is a bundle, fetched when it is chosen.
const TEXTS = resolve(source, "i18n");
const LANGUAGES = (await readdir(TEXTS)).filter((name) => !["index.js", "en.js"].includes(name));
// Bundles that another bundle imports at run time, by this name.
const LATER = [...VIEWS, ...LAZY, ...LANGUAGES].map((name) => `./${name}`);

async function licences() {
  let notices = "The scripts of the page contain these libraries.\n";
  const names = [];
  for (const name of LIBRARIES) {
    const folder = resolve(modules, name);
    const about = JSON.parse(await readFile(resolve(folder, "package.json"), "utf8"));
    const rule = "=".repeat(78);
    const title = `${name} ${about.version}, ${about.license}`;
    notices += `\n\n${rule}\n${title}\n${rule}\n\n${(await licenceIn(folder)).trim()}\n`;
    names.push(`${name} ${about.version} (${about.license})`);
  }
  return {
    notices,
    banner: `/*! BasicChat, Apache-2.0. With ${names.join("; ")}. See licences.txt */`,
  };
}

async function licenceIn(folder) {
  for (const name of ["LICENSE", "LICENSE.md", "LICENCE", "license"]) {
    const text = await readFile(resolve(folder, name), "utf8").catch(() => null);
    if (text !== null) return text;
  }
  throw new Error(`no licence found in ${folder}`);
}

// Calls that look up a text; the id is always a literal (tests/texts.test.mjs).
const CALLS = /\b(t|variant)\(\s*"([\w.]+)"/g;
const tableIn = async (path) => (await import(pathToFileURL(path))).default;

/** Replaces text ids by numbers and tables by lists, which makes the page a tenth smaller. */
async function numberedTexts() {
  const ids = Object.keys(await tableIn(resolve(TEXTS, "en.js")));
  const numbers = new Map(ids.map((id, number) => [id, number]));
  const numbered = (path) => (call, name, id) => {
    if (!numbers.has(id)) throw new Error(`${path}: no text has the id "${id}"`);
    return `${name}(${numbers.get(id)}`;
  };
  async function load({ path }) {
    if (path.startsWith(TEXTS) && !path.endsWith("index.js")) {
      const table = await tableIn(path);
      return { contents: `export default ${JSON.stringify(ids.map((id) => table[id]))}` };
    }
    if (!path.startsWith(source)) return null;
    const contents = (await readFile(path, "utf8")).replace(CALLS, numbered(path));
    // The indentation of templates is not needed, only their line breaks.
    return { contents: contents.replace(/\n\s+/g, "\n") };
  }
  const setup = ({ onLoad }) => onLoad({ filter: /\.js$/ }, load);
  return { name: "numbered texts", setup };
}

/** What views that are loaded later share with the page comes from the page's bundle. */
const sharedModules = {
  name: "shared modules",
  setup({ onResolve }) {
    onResolve({ filter: /\/shared\.js$/ }, ({ importer }) =>
      importer === resolve(source, "app.js") ? null : { path: "./app.js", external: true },
    );
  },
};

const { build } = createRequire(resolve(modules, "any.js"))("esbuild");
const { notices, banner } = await licences();
await mkdir(out, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: [
    ...BUNDLES.map((name) => resolve(source, name)),
    ...LANGUAGES.map((name) => resolve(TEXTS, name)),
  ],
  entryNames: "[name]",
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  plugins: [await numberedTexts(), sharedModules],
  legalComments: "none",
  external: LATER,
  banner: { js: banner },
  nodePaths: [modules],
  logLevel: "warning",
});
await writeFile(resolve(out, "licences.txt"), notices);
for (const name of ALONE) await copyFile(resolve(source, name), resolve(out, name));
