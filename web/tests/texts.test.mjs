// The page's texts: complete in every language, all used, and none outside the tables.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { describeError } from "../src/format.js";
import { t, variant } from "../src/i18n/index.js";

const SOURCES = new URL("../src/", import.meta.url);
// Served as they are, without any text.
const ALONE = ["theme.js", "consent.js"];
const modules = readdirSync(SOURCES, { recursive: true })
  .filter((name) => name.endsWith(".js") && !name.startsWith("i18n/") && !ALONE.includes(name))
  .map((name) => ({ name, source: readFileSync(new URL(name, SOURCES), "utf8") }));
const languages = readdirSync(new URL("i18n/", SOURCES)).filter((name) => name !== "index.js");
const tables = Object.fromEntries(
  await Promise.all(
    languages.map(async (name) => [name, (await import(new URL(`i18n/${name}`, SOURCES))).default]),
  ),
);
const english = tables["en.js"];
// What other languages have by the kinds of errors, English has in the errors themselves.
const BY_KIND = ["error", "error.hint"];

const calls = modules.flatMap(({ name, source }) =>
  [...source.matchAll(/\b(t|variant)\(\s*(?:"([\w.]+)")?/g)].map(([, call, id]) => ({
    name,
    call,
    id,
  })),
);
const isGroup = (text) => typeof text === "object" && !("other" in text);

test("every text is looked up by an id that is written out and exists", () => {
  const wrong = calls.filter(({ id }) => !(id in english));
  assert.deepEqual(wrong, []);
});

test("groups of texts are looked up with a key, all others without", () => {
  const wrong = calls.filter(({ call, id }) => isGroup(english[id]) !== (call === "variant"));
  assert.deepEqual(wrong, []);
});

test("no text is unused", () => {
  const used = new Set(calls.map(({ id }) => id));
  assert.deepEqual(
    Object.keys(english).filter((id) => !used.has(id)),
    [],
  );
});

const parameters = (text) => {
  const all = typeof text === "string" ? [text] : Object.values(text);
  return [...new Set(all.flatMap((one) => one.match(/\{\w+\}/g) ?? []))].sort();
};
/** What must be alike in all languages: ids, keys of groups, and parameters. */
const shape = (table) =>
  Object.entries(table)
    .filter(([id]) => !BY_KIND.includes(id))
    .map(([id, text]) => {
      if (!isGroup(text)) return [id, parameters(text)];
      const keys = Object.entries(text).map(([key, one]) => [key, parameters(one)]);
      return [id, keys.sort(([a], [b]) => (a < b ? -1 : 1))];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));

for (const [name, table] of Object.entries(tables)) {
  test(`${name} has the texts of English, with the same parameters`, () =>
    assert.deepEqual(shape(table), shape(english)));
  test(`${name} has the plural forms of its language, and no others`, () => {
    const forms = new Intl.PluralRules(name.split(".")[0]).resolvedOptions().pluralCategories;
    const plurals = Object.values(table).filter((one) => typeof one === "object" && !isGroup(one));
    for (const plural of plurals) assert.deepEqual(Object.keys(plural).sort(), [...forms].sort());
  });
}

const FILLED = [
  [t("common.close"), "Close"],
  [t("documents.pages", { count: 1 }), "1 page"],
  [t("documents.pages", { count: 12345 }), "12,345 pages"],
  [t("documents.delete", { title: "{name} $&" }), "Delete {name} $&"],
  [variant("role", "guest"), "Guest"],
  [variant("role", "constructor"), undefined],
];
for (const [shown, expected] of FILLED)
  test(`a text reads "${expected}"`, () => assert.equal(shown, expected));

test("an error is described by its kind, if the language has a text for it", () => {
  english.error.low_memory = "Only {free} left";
  const error = { kind: "low_memory", params: { free: "1 MB" }, message: "?", hint: "?" };
  assert.deepEqual(describeError(error), { message: "Only 1 MB left.", hint: "" });
  delete english.error.low_memory;
});

test("an error is described by its reason before its kind", () => {
  Object.assign(english.error, { file_empty: "{name} is empty", bad_document: "Unreadable" });
  const error = { kind: "bad_document", reason: "file_empty", params: { name: "a.txt" } };
  assert.equal(describeError(error).message, "a.txt is empty.");
  assert.equal(describeError({ ...error, reason: "unheard_of" }).message, "Unreadable.");
  for (const name of ["file_empty", "bad_document"]) delete english.error[name];
});

/** What is written in the templates of a source, with a line break for every `${…}`. */
function templates(source) {
  const found = [];
  // What is open: templates with their text so far, and the holes in them with their braces.
  const open = [];
  for (let at = 0; at < source.length; at++) {
    const level = open.at(-1);
    const inText = level?.text !== undefined;
    if (inText && source.startsWith("${", at)) {
      level.text += "\n";
      open.push({ braces: 1 });
      at++;
    } else if (inText && source[at] === "`") found.push(open.pop().text);
    else if (inText) level.text += source[at];
    else if (source[at] === "`") open.push({ text: "" });
    else if (/["'/]/.test(source[at])) at += skipped(source, at);
    else if (level && source[at] === "{") level.braces++;
    else if (level && source[at] === "}" && --level.braces === 0) open.pop();
  }
  return found;
}

// How much longer than one character a string, a comment or a regular expression is.
function skipped(source, at) {
  const rest = source.slice(at);
  const mayBePattern = /[=(,:?&|[!]\s*$/.test(source.slice(0, at));
  const whole =
    /^(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/.*|\/\*[^]*?\*\/)/.exec(rest) ??
    (mayBePattern ? /^\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//.exec(rest) : null);
  return (whole?.[0].length ?? 1) - 1;
}

// What is called so in every language.
const isName = (text) => ["BasicChat", "…/login?code=…"].includes(text.trim());
const SPOKEN = /\b(?:aria-label|title|placeholder|label|hint|text|alt|words)="([^"]*\p{L}[^"]*)"/gu;
const TAG = /<(?:"[^"]*"|[^<>"])*>/g;
const WORDS = /\p{L}{2,} \p{L}{2,}(?![\p{L}-])/u;
const COMMAND = /^(?:basicchat mcp| --)/;
for (const { name, source } of modules) {
  test(`${name} has no text in its templates`, () => {
    const written = templates(source).flatMap((text) => {
      const pieces = text.replace(TAG, "\n").split("\n");
      if (!/<\w/.test(text)) return pieces.filter((one) => WORDS.test(one) && !COMMAND.test(one));
      const spoken = [...text.matchAll(SPOKEN)].map(([, value]) => value);
      return [...spoken, ...pieces.filter((one) => /(?<!\\)\p{L}/u.test(one))];
    });
    assert.deepEqual(
      written.filter((text) => !isName(text)),
      [],
    );
  });
}

const KEY = /^(?:Enter|Escape|Tab|Home|End|Delete|Arrow\w+|Page\w+|Files)$/;
for (const { name, source } of modules) {
  test(`${name} has no text in its strings`, () => {
    const code = source.replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");
    const strings = [...code.matchAll(/"((?:[^"\\\n]|\\.)*)"/g)].map(([, text]) => text);
    const written = strings.filter((text) => /^\p{Lu}\p{Ll}|\p{L} \p{L}.*[.!?…]$/u.test(text));
    assert.deepEqual(
      written.filter((text) => !isName(text) && !KEY.test(text)),
      [],
    );
  });
}
