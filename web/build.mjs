// Bundles the vendored libraries into one file, with their licences beside it.
// Run `npm install && npm run build` here after changing a version, and commit both results.
import { readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const LIBRARIES = ["preact", "htm", "marked", "dompurify"];
const OUT = new URL("../src/basicchat/web/static/", import.meta.url);
const LIMIT = 36 * 1024;

const modules = new URL("node_modules/", import.meta.url);
const versions = [];
let notices = "The file vendor.js contains these libraries.\n";
for (const name of LIBRARIES) {
  const folder = new URL(`${name}/`, modules);
  const about = JSON.parse(await readFile(new URL("package.json", folder), "utf8"));
  const licence = await readFile(await licenceOf(folder), "utf8");
  versions.push(`${name} ${about.version} (${about.license})`);
  notices += `\n\n${"=".repeat(78)}\n${name} ${about.version}, ${about.license}\n${"=".repeat(78)}\n\n${licence.trim()}\n`;
}

async function licenceOf(folder) {
  for (const name of ["LICENSE", "LICENSE.md", "LICENCE", "license"]) {
    const url = new URL(name, folder);
    if (
      await readFile(url).then(
        () => true,
        () => false,
      )
    )
      return url;
  }
  throw new Error(`no licence found in ${folder}`);
}

await build({
  entryPoints: ["entry.js"],
  outfile: new URL("vendor.js", OUT).pathname,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  banner: { js: `/*! ${versions.join("; ")}. Licences: vendor-licenses.txt */` },
});
await writeFile(new URL("vendor-licenses.txt", OUT), notices);

const packed = gzipSync(await readFile(new URL("vendor.js", OUT)), { level: 9 }).length;
console.log(`vendor.js: ${(packed / 1024).toFixed(1)} KiB gzip`);
if (packed > LIMIT) throw new Error(`vendor.js is over its limit of ${LIMIT} bytes gzip`);
