// Bundles the modules of src/ into the single module that is published, served and copied:
// basicchat-client.js here, and the same file for the page. `node build.mjs` writes both;
// `node build.mjs --print` prints it and writes nothing.
//
// The sources import and export by name only, and their top-level names are unique, so bundling is
// concatenation. Comments, which are always on lines of their own, are removed: pages do not need to
// load them, and the type declarations document the API.
import { readFileSync, writeFileSync } from "node:fs";

const SOURCES = new URL("src/", import.meta.url);
const ENTRY = "index.js";
const OUT = [
  new URL("basicchat-client.js", import.meta.url),
  new URL("../../src/basicchat/web/static/basicchat-client.js", import.meta.url),
];
const COMMENT = /^ *(?:\/\/.*|\/\*\*(?:(?!\*\/)[^])*\*\/)\n/gm;
const FROM = /^(?:import|export) \{[^}]*\} from "\.\/([\w-]+\.js)";\n/gm;

const about = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const head = `// ${about.name} ${about.version}, ${about.license}. Made of clients/javascript/src: do not edit.
// @ts-self-types="./basicchat-client.d.ts"
`;

/** The modules that a module imports, directly or not, in the order of their dependencies. */
function inOrder(name, found = new Map()) {
  if (found.has(name)) return found;
  const text = readFileSync(new URL(name, SOURCES), "utf8");
  for (const [, needed] of text.matchAll(FROM)) inOrder(needed, found);
  return found.set(name, text);
}

function body(text) {
  return text.replace(COMMENT, "").replace(FROM, "").replace(/^export (?=const|function|class|async)/gm, "");
}

function bundle() {
  const modules = inOrder(ENTRY);
  const entry = modules.get(ENTRY);
  modules.delete(ENTRY);
  const names = [...entry.matchAll(/^export \{ ([^}]*) \}/gm)].flatMap(([, list]) => list.split(", "));
  const joined = [...modules].map(([name, text]) => `\n// ${name}\n${body(text).trim()}\n`);
  return `${head}${joined.join("")}\nexport { ${names.sort().join(", ")} };\n`;
}

if (process.argv.includes("--print")) process.stdout.write(bundle());
else for (const out of OUT) writeFileSync(out, bundle());
