// Pure functions of the page: routes, mentions, excerpts, permissions and lists.
import assert from "node:assert/strict";
import { test } from "node:test";

const SOURCES = "../src";
const { GROUP_LINES, highlightedGroups, lineGroups } = await import(`${SOURCES}/code_lines.js`);
const { excerpt } = await import(`${SOURCES}/excerpt.js`);
const { findByName } = await import(`${SOURCES}/fuzzy.js`);
const { listNames } = await import(`${SOURCES}/format.js`);
const { mentionAt, mentionCandidates, mentionsAssistant, completeMention, splitMentions } =
  await import(`${SOURCES}/mentions.js`);
const { canDelete, canEdit, canManageUser, grantableRoles } = await import(
  `${SOURCES}/permissions.js`
);
const { parseRoute, toAdmin, toRoom } = await import(`${SOURCES}/routes.js`);

const ADDRESSES = [
  ["", { name: "chat", roomId: null, messageId: null }],
  ["#", { name: "chat", roomId: null, messageId: null }],
  ["#/c/c_1", { name: "chat", roomId: "c_1", messageId: null }],
  ["#/c/c_1/m_2", { name: "chat", roomId: "c_1", messageId: "m_2" }],
  ["#/c/%2Fa%20b", { name: "chat", roomId: "/a b", messageId: null }],
  ["#/c/%E0%A4%A", { name: "chat", roomId: "%E0%A4%A", messageId: null }],
  ["#/account", { name: "account" }],
  ["#/connect", { name: "connect" }],
  ["#/d/d_1", { name: "source", documentId: "d_1", start: null, end: null }],
  ["#/d/d_1/5-20", { name: "source", documentId: "d_1", start: 5, end: 20 }],
  ["#/d/d_1/x-20", { name: "source", documentId: "d_1", start: null, end: null }],
  ["#/d", { name: "chat", roomId: null, messageId: null }],
  ["#/admin", { name: "admin", tab: "people" }],
  ["#/admin/invitations", { name: "admin", tab: "invitations" }],
  ["#/admin/other", { name: "admin", tab: "people" }],
  ["#invite=a-b_c", { name: "invite", code: "a-b_c" }],
  ["#login-lapsed", { name: "chat", roomId: null, messageId: null }],
];
for (const [hash, view] of ADDRESSES)
  test(`the route of "${hash}"`, () => assert.deepEqual(parseRoute(hash), view));

test("generated addresses can be parsed", () => {
  assert.deepEqual(parseRoute(toRoom("a/b", "m 1")), {
    name: "chat",
    roomId: "a/b",
    messageId: "m 1",
  });
  assert.deepEqual(parseRoute(toAdmin("invitations")), { name: "admin", tab: "invitations" });
});

const MENTIONS = [
  ["@", "@", { start: 0, query: "" }],
  ["hey @as", "hey @as", { start: 4, query: "as" }],
  ["(@Zoë", "(@Zoë", { start: 1, query: "Zoë" }],
  ["in the middle @a", "in the middle @a and on", { start: 14, query: "a" }],
  ["two words @Ada Lo", "two words @Ada Lo", { start: 10, query: "Ada Lo" }],
  ["an address me@here", "an address me@here", null],
  ["no mention", "no mention", null],
  ["on another line @\n", "on another line @\n", null],
];
for (const [before, text, found] of MENTIONS)
  test(`a mention in "${before}"`, () => assert.deepEqual(mentionAt(text, before.length), found));

const members = [
  { id: "u1", name: "Ada Lovelace" },
  { id: "u2", name: "Bob" },
  { id: "u3", name: "Anna" },
];
const CANDIDATES = [
  ["", ["assistant", "Bob", "Anna"]],
  ["a", ["assistant", "Anna"]],
  ["b", ["Bob"]],
  ["x", []],
];
for (const [query, names] of CANDIDATES)
  test(`"@${query}" suggests ${names.join(", ") || "nobody"}`, () =>
    assert.deepEqual(
      mentionCandidates(query, members, "u1").map((one) => one.name),
      names,
    ));
test("a surname matches, after names that begin with the query", () =>
  assert.deepEqual(
    mentionCandidates("lo", [{ id: "u4", name: "Lotte" }, ...members], "u2").map((one) => one.name),
    ["Lotte", "Ada Lovelace"],
  ));

test("a completed mention is followed by a space and then the caret", () => {
  assert.deepEqual(completeMention("hey @as", { start: 4, query: "as" }, "assistant"), {
    text: "hey @assistant ",
    caret: 15,
  });
  assert.deepEqual(completeMention("hey @as you", { start: 4, query: "as" }, "assistant"), {
    text: "hey @assistant you",
    caret: 15,
  });
});

const CALLS = [
  ["@assistant hello", true],
  ["hello, @Assistant!", true],
  ["@assistant.", true],
  ["@assistants", false],
  ["me@assistant.org", false],
  ["@assistant.org", false],
  ["assistant", false],
];
for (const [text, calls] of CALLS)
  test(`"${text}" ${calls ? "mentions" : "does not mention"} the assistant`, () =>
    assert.equal(mentionsAssistant(text), calls));

const shown = (parts) => parts.map((p) => (p.mention || p.hit ? `[${p.text}]` : p.text)).join("|");
const PIECES = [
  ["hi @Ada Lovelace and @ada", ["Ada", "Ada Lovelace"], "hi |[@Ada Lovelace]| and |[@ada]"],
  ["@Adam", ["Ada"], "@Adam"],
  ["me@Ada", ["Ada"], "me@Ada"],
  ["@a.*b(", ["a.*b("], "[@a.*b(]"],
  ["hi @Jean-Luc", ["Jean-Luc"], "hi |[@Jean-Luc]"],
  ["@\\^$.*+?()[]{}|/-#~", ["\\^$.*+?()[]{}|/-#~"], "[@\\^$.*+?()[]{}|/-#~]"],
  ["nothing", [], "nothing"],
];
for (const [text, names, expected] of PIECES)
  test(`mentions marked in "${text}"`, () =>
    assert.equal(shown(splitMentions(text, names)), expected));

const EXCERPTS = [
  ["The deposit is due.", "deposit", "The |[deposit]| is due."],
  ["Der Müller mahlt.", "muller", "Der |[Müller]| mahlt."],
  ["The **deposit** is `due`.", "due", "The deposit is |[due]|."],
  ["undue", "due", "undue"],
  ["a\n\nb  c", "c", "a b |[c]"],
  ["( what", "(", "( what"],
  [`${"x ".repeat(100)}needle ${"y ".repeat(200)}`, "need", null],
];
for (const [text, query, expected] of EXCERPTS)
  test(`an excerpt of "${text.slice(0, 20)}" for "${query}"`, () => {
    const parts = excerpt(text, query);
    if (expected) return assert.equal(shown(parts), expected);
    assert.equal(parts[0].text, "…");
    assert.equal(parts.at(-1).text, "…");
    assert.ok(parts.some((part) => part.hit && part.text === "need"));
    assert.ok(parts.map((part) => part.text).join("").length < 260);
  });

const titled = (...titles) => titles.map((title) => ({ title }));
const NAMES = [
  ["lease", ["Lease 2024", "Garden"], ["Lease 2024"]],
  ["leaes", ["Lease 2024", "Garden"], ["Lease 2024"]],
  ["gardn", ["Lease 2024", "Garden"], ["Garden"]],
  ["zürich", ["Zurich office"], ["Zurich office"]],
  ["insurence polci", ["Insurance policies", "Policy"], ["Insurance policies"]],
  ["insuramce agreemant", ["Insurance agreement"], ["Insurance agreement"]],
  ["doc", ["Dog", "Documents"], ["Documents"]],
  ["bees", ["Beets", "Bees"], ["Bees", "Beets"]],
  ["xyz", ["Lease"], []],
  ["", ["Lease"], []],
  ["?!", ["Lease"], []],
];
for (const [query, titles, expected] of NAMES)
  test(`"${query}" finds ${expected.join(", ") || "nothing"}`, () =>
    assert.deepEqual(
      findByName(query, titled(...titles), (one) => one.title).map((one) => one.title),
      expected,
    ));

const role = (name, id = name) => ({ id, role: name });
const MANAGES = [
  ["owner", "owner", true],
  ["owner", "guest", true],
  ["admin", "owner", false],
  ["admin", "admin", false],
  ["admin", "member", true],
  ["member", "guest", false],
];
for (const [actor, other, may] of MANAGES)
  test(`${actor}s ${may ? "manage" : "do not manage"} ${other}s`, () =>
    assert.equal(canManageUser(role(actor, "me"), role(other)), may));
test("users do not manage themselves, and grant only roles below their own", () => {
  assert.equal(canManageUser(role("owner", "me"), role("owner", "me")), false);
  assert.deepEqual(grantableRoles(role("owner")), ["guest", "member", "admin", "owner"]);
  assert.deepEqual(grantableRoles(role("admin")), ["guest", "member"]);
  assert.deepEqual(grantableRoles(role("member")), ["guest"]);
  assert.deepEqual(grantableRoles(role("guest")), []);
});

const by = (id, kind = "user", more = {}) => ({ author: { id, kind }, ...more });
const inRoom = (role) => ({ role });
const EDITS = [
  ["the user's own", by("me"), inRoom("member"), undefined, [true, true]],
  ["the user's own, as a viewer", by("me"), inRoom("viewer"), undefined, [false, false]],
  [
    "the user's own, deleted",
    by("me", "user", { deleted_at: "x" }),
    inRoom("owner"),
    undefined,
    [false, false],
  ],
  ["another's", by("you"), inRoom("member"), undefined, [false, false]],
  ["another's, as owner", by("you"), inRoom("owner"), undefined, [false, true]],
  ["the answer to the user", by("a", "assistant"), inRoom("member"), by("me"), [false, true]],
  ["the answer to another", by("a", "assistant"), inRoom("member"), by("you"), [false, false]],
];
for (const [name, message, room, question, expected] of EDITS)
  test(`may edit and delete: ${name}`, () =>
    assert.deepEqual(
      [canEdit(message, "me", room), canDelete(message, "me", room, question)],
      expected,
    ));

test("lists of names", () => {
  assert.deepEqual([["A"], ["A", "B"], ["A", "B", "C"]].map(listNames), [
    "A",
    "A and B",
    "A, B and C",
  ]);
});

const textOf = (piece) => (typeof piece === "string" ? piece : piece.pieces.map(textOf).join(""));
const numbered = (count) => Array.from({ length: count }, (_, n) => `${n} &lt;\n`).join("");
const CODE = [
  ["one line", "x &amp; y", ["x & y\n"]],
  ["no line", "", ["\n"]],
  ["exactly one group", numbered(GROUP_LINES).slice(0, -1), [GROUP_LINES]],
  ["a line more than two groups", numbered(2 * GROUP_LINES), [GROUP_LINES, GROUP_LINES, 1]],
  [
    "scopes over several groups",
    `a<span class="s">"<span class="t">${numbered(GROUP_LINES)}</span>"</span>\n`,
    [GROUP_LINES, 2],
  ],
];
for (const [name, html, expected] of CODE)
  test(`highlighted code has the groups of lines of the code itself: ${name}`, () => {
    const groups = highlightedGroups(html);
    const texts = groups.map((pieces) => pieces.map(textOf).join(""));
    const code = texts.join("");
    assert.deepEqual(lineGroups(code.slice(0, -1)), texts);
    const counts = texts.map((text) => text.split("\n").length - 1);
    assert.deepEqual(typeof expected[0] === "string" ? texts : counts, expected);
  });

test("a scope over several groups is in each of them", () => {
  const lines = numbered(GROUP_LINES);
  const [first, second] = highlightedGroups(`<span class="s">${lines}<span class="t">x</span></span>y`);
  assert.deepEqual([first.length, first[0].scope], [1, "s"]);
  assert.deepEqual(second, [{ scope: "s", pieces: [{ scope: "t", pieces: ["x"] }] }, "y\n"]);
});
