// Makes of src/ the files that are served: `node build.mjs [FOLDER]`, the package's own by default.
// Libraries come from node_modules here, or from the folder that BASICCHAT_NODE_MODULES names.
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const source = resolve(here, "src");
const out = resolve(process.argv[2] ?? resolve(here, "../src/basicchat/web/static"));
const modules = resolve(process.env.BASICCHAT_NODE_MODULES ?? resolve(here, "node_modules"));

const LIBRARIES = ["preact", "htm", "marked", "dompurify"];
// What pages load besides, as it is.
const ALONE = ["index.html", "theme.js", "consent.js", "favicon.svg"];
const BUNDLES = ["app.js", "typesetter.js", "styles/page.css", "styles/consent.css"];
// Bundles that another one fetches, by this name.
const LATER = ["./typesetter.js"];

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
  return { notices, banner: `/*! BasicChat, Apache-2.0. With ${names.join("; ")}. See licences.txt */` };
}

async function licenceIn(folder) {
  for (const name of ["LICENSE", "LICENSE.md", "LICENCE", "license"]) {
    const text = await readFile(resolve(folder, name), "utf8").catch(() => null);
    if (text !== null) return text;
  }
  throw new Error(`no licence found in ${folder}`);
}

const { build } = createRequire(resolve(modules, "any.js"))("esbuild");
const { notices, banner } = await licences();
await mkdir(out, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: BUNDLES.map((name) => resolve(source, name)),
  entryNames: "[name]",
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  external: LATER,
  banner: { js: banner },
  nodePaths: [modules],
  logLevel: "warning",
});
await writeFile(resolve(out, "licences.txt"), notices);
for (const name of ALONE) await copyFile(resolve(source, name), resolve(out, name));
