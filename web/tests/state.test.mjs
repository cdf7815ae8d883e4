// The page's state, timeline and formatters.
import assert from "node:assert/strict";
import { test } from "node:test";
import { branchTip, pathTo } from "../src/branches.js";
import { initial, reduce } from "../src/state.js";
import { queuedCount } from "../src/state/chats.js";
import { draftOf } from "../src/state/drafts.js";
import { createStore } from "../src/store.js";
import { timeline } from "../src/timeline.js";
import { citationLocation, describeError, formatBytes, splitAround } from "../src/format.js";

const user = { id: "u", name: "Ada", kind: "user" };
const assistant = { id: "a", name: "Assistant", kind: "assistant" };
const ask = (id, seq, text = id) => ({
  message_id: id,
  room_id: "r",
  seq,
  author: user,
  text,
  run_id: "run-a",
});
const answer = (id, seq, parent, rest = {}) => ({
  message_id: id,
  room_id: "r",
  seq,
  author: assistant,
  text: id,
  parent_id: parent,
  run_id: `run-${id}`,
  ...rest,
});
const run = (id, parent, rest = {}) => ({
  run_id: `run-${id}`,
  message_id: id,
  room_id: "r",
  status: "running",
  parent_id: parent,
  parts: [],
  steps: [],
  ...rest,
});
const play = (actions, from = { ...initial, user }) => actions.reduce(reduce, from);
const event = (type, data) => ({ type: "event", event: { type, data } });
const snapshot = (messages, active_runs = []) => ({
  type: "snapshot",
  room_id: "r",
  messages,
  active_runs,
});

const shape = (entries) =>
  entries.map((e) =>
    e.message
      ? e.message.message_id
      : `${e.parentId}:${e.answers.map((a) => a.message_id ?? "running").join("+")}@${e.index}`,
  );
const TIMELINES = [
  ["a question and its answer", [ask("q", 1), answer("a", 2, "q")], [], {}, ["q", "q:a@0"]],
  [
    "two answers, the newest shown",
    [ask("q", 1), answer("a", 2, "q"), answer("b", 3, "q")],
    [],
    {},
    ["q", "q:a+b@1"],
  ],
  [
    "the chosen answer",
    [ask("q", 1), answer("a", 2, "q"), answer("b", 3, "q")],
    [],
    { q: "a" },
    ["q", "q:a+b@0"],
  ],
  ["an answer being written", [ask("q", 1)], [run("a", "q")], {}, ["q", "q:running@0"]],
  [
    "being written again, whatever was chosen",
    [ask("q", 1), answer("a", 2, "q")],
    [run("b", "q")],
    { q: "a" },
    ["q", "q:a+running@1"],
  ],
  [
    "a run whose answer has come",
    [ask("q", 1), answer("a", 2, "q")],
    [run("a", "q")],
    {},
    ["q", "q:a@0"],
  ],
  [
    "an answer again to an earlier question",
    [ask("q", 1), answer("a", 2, "q"), ask("p", 3), answer("b", 4, "p"), answer("c", 5, "q")],
    [],
    {},
    ["q", "q:a+c@1", "p", "p:b@0"],
  ],
  ["an answer whose question is not loaded", [answer("a", 2, "gone")], [], {}, ["gone:a@0"]],
];
for (const [name, messages, runs, shown, expected] of TIMELINES) {
  test(`timeline: ${name}`, () =>
    assert.deepEqual(shape(timeline(messages, runs, shown)), expected));
}

// Two follow-ups to the first version "q", then a second version "v" with a follow-up.
const said = (id, seq, rest = {}) => ({ ...ask(id, seq), ...rest });
const BRANCHED = [
  ask("o", 1),
  ask("q", 2),
  answer("a", 3, "q"),
  ask("q2", 4),
  answer("a2", 5, "q2"),
  said("v", 6, { edits: "q" }),
  answer("b", 7, "v"),
  ask("v2", 8),
];
const BRANCHES = [
  ["the newest version, without what followed the first", BRANCHED, {}, ["o", "v", "v:b@0", "v2"]],
  [
    "the selected version, with what followed it",
    BRANCHED,
    { q: "q" },
    ["o", "q", "q:a@0", "q2", "q2:a2@0"],
  ],
  [
    "a question asked in the older branch",
    [...BRANCHED, said("q3", 9, { after: "q2" }), answer("a3", 10, "q3")],
    { q: "q" },
    ["o", "q", "q:a@0", "q2", "q2:a2@0", "q3", "q3:a3@0"],
  ],
  [
    "not what was asked in another branch later",
    [...BRANCHED, said("q3", 9, { after: "q2" }), said("v3", 10, { after: "v2" })],
    {},
    ["o", "v", "v:b@0", "v2", "v3"],
  ],
  [
    "a version of a question within a branch",
    [...BRANCHED, said("w", 9, { edits: "v2" })],
    {},
    ["o", "v", "v:b@0", "w"],
  ],
  [
    "the newest version of a first question that is not loaded",
    BRANCHED.slice(2),
    {},
    ["v", "v:b@0", "v2"],
  ],
  [
    "what followed a first question that is not loaded",
    BRANCHED.slice(3),
    { q: "q" },
    ["q2", "q2:a2@0"],
  ],
];
for (const [name, messages, shown, expected] of BRANCHES)
  test(`branches show ${name}`, () => assert.deepEqual(shape(timeline(messages, [], shown)), expected));

test("a version that is being sent already hides what it replaces", () => {
  const pending = [{ id: "p", text: "v", options: { edits: "q" } }];
  assert.deepEqual(shape(timeline(BRANCHED.slice(0, 5), [], {}, pending)), ["o"]);
});

test("the run of a hidden question is not shown", () => {
  assert.deepEqual(shape(timeline(BRANCHED, [run("c", "q2")], {})), ["o", "v", "v:b@0", "v2"]);
});

test("a jump selects the versions that lead to a message", () => {
  const messages = [...BRANCHED, said("w", 9, { edits: "v2" })];
  const path = (id) => pathTo(messages, messages.find((one) => one.message_id === id));
  assert.deepEqual(path("a2"), { q: "q" });
  assert.deepEqual(path("v2"), { v2: "v2", q: "v" });
  assert.deepEqual(path("o"), {});
});

test("a question continues the shown branch, if there are branches", () => {
  assert.equal(branchTip(BRANCHED.slice(0, 5), {}), null);
  assert.equal(branchTip(BRANCHED, {}), "v2");
  assert.equal(branchTip(BRANCHED, { q: "q" }), "q2");
});

test("an old snapshot with later events equals a fresh snapshot", () => {
  const events = [
    event("message.created", ask("q2", 3)),
    event("run.started", run("b", "q2")),
    event("message.created", answer("b", 4, "q2")),
    event("run.completed", { ...run("b", "q2"), status: "completed" }),
  ];
  const old = play([snapshot([ask("q", 1), answer("a", 2, "q")]), ...events]);
  const fresh = play([
    snapshot([ask("q", 1), answer("a", 2, "q"), ask("q2", 3), answer("b", 4, "q2")]),
  ]);
  const plain = (state) => state.chats.r.messages.map(({ detail, ...message }) => message);
  assert.deepEqual(plain(old), plain(fresh));
  assert.deepEqual(old.runs, {});
});

test("a snapshot shows an active run without its text, and the final message replaces it", () => {
  const running = { run_id: "run-a", parts: [{ part: 0, kind: "answer", text: "so far", off: 6 }] };
  const during = play([snapshot([ask("q", 1)], [running]), { type: "run", run: run("a", "q") }]);
  assert.equal(during.runs["run-a"].status, "running");
  assert.ok(!("parts" in during.runs["run-a"]), "the growing text is part of the state");
  assert.equal(during.runs["run-a"].parent_id, "q");
  const after = play(
    [
      event("message.created", answer("a", 2, "q")),
      event("run.completed", {
        ...run("a", "q"),
        status: "completed",
        usage: { output_tokens: 3 },
      }),
    ],
    during,
  );
  assert.deepEqual(after.runs, {});
  assert.equal(after.chats.r.messages[1].detail.usage.output_tokens, 3);
});

test("a new room's first message may arrive before the reply that names the room", () => {
  const state = play([
    { type: "pending", roomId: "new", item: { id: "i", text: "hello" } },
    event("message.created", ask("q", 1, "hello")),
    { type: "pending.moved", from: "new", roomId: "r", id: "i" },
    { type: "pending.accepted", roomId: "r", id: "i", seq: 0 },
  ]);
  assert.deepEqual(
    state.chats.r.messages.map((m) => m.text),
    ["hello"],
  );
  assert.deepEqual(
    [state.chats.r.pending, state.chats.new.pending, state.chats.r.loading],
    [[], [], false],
  );
});

const item = { id: "i", text: "hello" };
const pending = { type: "pending", roomId: "r", item };
const PENDING = [
  ["waits", [pending], ["hello"]],
  ["goes when its message comes", [pending, event("message.created", ask("q", 5, "hello"))], []],
  ["stays for another text", [pending, event("message.created", ask("q", 5, "other"))], ["hello"]],
  [
    "stays when an old snapshot has the same text",
    [pending, snapshot([ask("q", 1, "hello")])],
    ["hello"],
  ],
  [
    "goes by a snapshot after it was accepted",
    [
      pending,
      { type: "pending.accepted", roomId: "r", id: "i", seq: 4 },
      snapshot([ask("q", 5, "hello")]),
    ],
    [],
  ],
  [
    "goes when accepted after its message came",
    [
      snapshot([]),
      { ...pending },
      snapshot([ask("q", 5, "hello")]),
      { type: "pending.accepted", roomId: "r", id: "i", seq: 4 },
    ],
    [],
  ],
  [
    "goes when its new room has begun, it was accepted, and a snapshot has it",
    [
      { ...pending, roomId: "new" },
      { type: "pending.moved", from: "new", roomId: "r", id: "i" },
      { type: "pending.accepted", roomId: "r", id: "i", seq: 0 },
      snapshot([ask("q", 1, "hello")]),
    ],
    [],
  ],
];
for (const [name, actions, left] of PENDING) {
  test(`a pending question ${name}`, () =>
    assert.deepEqual(
      (play(actions).chats.r?.pending ?? []).map((p) => p.text),
      left,
    ));
}

test("rooms: a new message moves its room to the front", () => {
  const rooms = ["a", "r"].map((room_id) => ({ room_id, name: room_id, last_seq: 1 }));
  const state = play([
    { type: "rooms", rooms },
    snapshot([]),
    event("message.created", ask("q", 5)),
  ]);
  assert.deepEqual(
    state.rooms.map((r) => [r.room_id, r.last_seq]),
    [
      ["r", 5],
      ["a", 1],
    ],
  );
});

test("rooms: activity moves a room to the front, renaming does not", () => {
  const room = (room_id, last_seq, name = room_id) => ({ room_id, last_seq, name });
  const listed = play([{ type: "rooms", rooms: [room("a", 1), room("b", 1)] }]);
  const names = (state) => state.rooms.map((r) => r.name);
  assert.deepEqual(names(play([event("room.updated", room("b", 2))], listed)), ["b", "a"]);
  assert.deepEqual(names(play([event("room.updated", room("b", 1, "B"))], listed)), ["a", "B"]);
  assert.deepEqual(names(play([event("room.updated", room("c", 0))], listed)), ["c", "a", "b"]);
  assert.deepEqual(names(play([event("room.deleted", { room_id: "a" })], listed)), ["b"]);
});

test("a deleted answer is hidden, unless no other answer is left", () => {
  const gone = (id, seq) => answer(id, seq, "q", { deleted_at: "x", text: "" });
  const shown = (...messages) => shape(timeline([ask("q", 1), ...messages], []));
  assert.deepEqual(shown(answer("a", 2, "q"), gone("b", 3)), ["q", "q:a@0"]);
  assert.deepEqual(shown(gone("a", 2), gone("b", 3)), ["q", "q:b@0"]);
});

test("consecutive messages of one author are grouped", () => {
  const said = (id, seq, minute, author = user) => ({
    ...ask(id, seq),
    author,
    created_at: `2026-01-01T10:${minute}:00Z`,
  });
  const other = { id: "v", name: "Bob", kind: "user" };
  const entries = timeline(
    [said("a", 1, "00"), said("b", 2, "03"), said("c", 3, "09"), said("d", 4, "09", other)],
    [],
  );
  assert.deepEqual(
    entries.map((entry) => entry.follows),
    [false, true, false, false],
  );
});

const full = (from) => Array.from({ length: 50 }, (_, i) => ask(`m${from + i}`, from + i));
test("a snapshot replaces older messages only if there may be a gap", () => {
  const known = play([snapshot(full(1))]);
  const later = play([snapshot(full(200))], known).chats.r;
  assert.deepEqual([later.messages.length, later.older], [50, 200]);
  const next = play([snapshot(full(30))], known).chats.r;
  assert.deepEqual([next.messages[0].seq, next.messages.length], [1, 79]);
});

test("a change to a message that is not loaded is ignored", () => {
  const state = play([snapshot(full(100)), event("message.updated", ask("old", 5, "edited"))]);
  assert.equal(state.chats.r.messages[0].seq, 100);
});

test("a deleted message keeps its place", () => {
  const state = play([
    snapshot([ask("q", 1, "secret")]),
    event("message.deleted", { ...ask("q", 1, ""), deleted_at: "x" }),
  ]);
  assert.deepEqual(
    state.chats.r.messages.map((m) => [m.text, m.deleted_at]),
    [["", "x"]],
  );
});

test("feedback is set and cleared", () => {
  const given = (user_id, value) =>
    event("feedback.set", { message_id: "a", room_id: "r", user_id, value });
  const feedback = (...actions) =>
    play([snapshot([answer("a", 1, "q")]), ...actions]).chats.r.messages[0].feedback;
  assert.deepEqual(feedback(given("u", "up"), given("v", "down")), {
    u: { value: "up" },
    v: { value: "down" },
  });
  assert.deepEqual(feedback(given("u", "up"), given("u", null)), {});
});

const told = (type, data) => ({ type: "event", event: { stream: "room:r", type, data } });
const signal = (type, data, stream = "room:r") => ({
  type: "signal",
  signal: { stream, type, data },
});
const withMembers = { ...snapshot([]), members: [{ id: "u", name: "Ada", role: "owner" }] };

test("members join, change, read and leave", () => {
  const bob = { id: "v", name: "Bob", role: "member", read_seq: 1 };
  const state = play([
    withMembers,
    told("member.joined", bob),
    told("member.changed", { ...bob, role: "viewer" }),
    event("message.created", ask("q", 7)),
  ]);
  assert.deepEqual(state.chats.r.members, [
    { id: "u", name: "Ada", role: "owner", read_seq: 7 },
    { ...bob, role: "viewer" },
  ]);
  const left = play([told("member.left", bob)], state);
  assert.deepEqual(
    left.chats.r.members.map((m) => m.id),
    ["u"],
  );
});

test("presence starts with a snapshot and then changes", () => {
  const here = { status: "online" };
  const state = play([
    { ...withMembers, presence: { u: here, v: here } },
    signal("presence", { joined: { w: { status: "away" } }, left: ["v"] }),
  ]);
  assert.deepEqual(state.chats.r.presence, { u: here, w: { status: "away" } });
});

test("typing is shown until it stops, expires or a snapshot arrives; never the user's own", () => {
  const typing = (id, typing) => signal("typing", { user: { id, name: id }, typing });
  const writing = (...actions) => Object.keys(play([withMembers, ...actions]).chats.r.typing);
  assert.deepEqual(writing(typing("v", true), typing("w", true), typing("u", true)), ["v", "w"]);
  assert.deepEqual(writing(typing("v", true), typing("v", false)), []);
  assert.deepEqual(
    writing(typing("v", true), { type: "typing.expired", roomId: "r", userId: "v" }),
    [],
  );
  assert.deepEqual(writing(typing("v", true), withMembers), []);
});

test("nothing of a room is kept once the user is no longer a member", () => {
  const state = play([
    { type: "rooms", rooms: [{ room_id: "r", name: "R", last_seq: 1, unread: 0 }] },
    snapshot([ask("q", 1, "secret")], [run("a", "q")]),
    event("room.deleted", { room_id: "r" }),
  ]);
  assert.deepEqual([state.rooms, state.runs, state.chats.r.messages], [[], {}, []]);
  assert.equal(state.chats.r.error.kind, "not_found");
});

const draft = (text) => signal("draft", { room_id: "r", text, session_id: "s" }, "user:u");
const edited = (text) => ({ type: "draft.edited", roomId: "r", text });
const sending = (text) => ({ type: "draft.sending", roomId: "r", text });
const kept = (text) => ({ type: "draft.saved", roomId: "r", text });
const DRAFTS = [
  ["comes from another device", [draft("there")], "there"],
  ["is not disturbed while it is being written", [edited("here"), draft("there")], "here"],
  [
    "changes from elsewhere once it is kept",
    [edited("a"), sending("a"), draft("a"), kept("a"), draft("b")],
    "b",
  ],
  [
    "does not go back by its own echo",
    [edited("a"), sending("a"), kept("a"), edited("ab"), sending("ab"), kept("ab"), draft("a")],
    "ab",
  ],
  [
    "stays what is here when the server knows an older one",
    [edited("here"), { type: "drafts.loaded", drafts: { r: "old" } }],
    "here",
  ],
  ["is what the server knows", [{ type: "drafts.loaded", drafts: { r: "kept" } }], "kept"],
  [
    "goes when it was sent elsewhere",
    [{ type: "drafts.loaded", drafts: { r: "kept" } }, draft("")],
    "",
  ],
];
for (const [name, actions, text] of DRAFTS)
  test(`a draft ${name}`, () => assert.equal(draftOf(play(actions), "r"), text));

const status = (status, more) => ({ type: "connection", state: { status, ...more } });
const LOCKED = [
  ["an invalid token", [status("unauthenticated")], true],
  ["an attempt to log in", [status("unauthenticated"), status("connecting")], true],
  ["a login", [status("unauthenticated"), status("connecting"), status("online")], false],
  [
    "a login that the page renews itself",
    [{ type: "renewingLogin", on: true }, status("unauthenticated")],
    false,
  ],
  [
    "a renewal that failed",
    [
      { type: "renewingLogin", on: true },
      { type: "renewingLogin", on: false },
      status("forbidden"),
    ],
    true,
  ],
];
for (const [name, actions, locked] of LOCKED)
  test(`${name} ${locked ? "shows" : "does not show"} the login form`, () =>
    assert.equal(play(actions).locked, locked));

test("only results of the current query are shown", () => {
  const asked = (query) => ({ type: "search.started", query, roomId: null });
  const found = (query) => ({ type: "search.found", query, roomId: null, messages: [query] });
  const results = (...actions) => play([{ type: "search.open" }, ...actions]).search?.results;
  assert.deepEqual(results(asked("be"), asked("bee"), found("be")), null);
  assert.deepEqual(results(asked("be"), asked("bee"), found("bee")), ["bee"]);
  assert.deepEqual(results(asked("be"), { type: "search.close" }, found("be")), undefined);
});

test("queued messages are counted over all rooms", () => {
  const on = (roomId, id, more) => ({ type: "pending", roomId, item: { id, text: id, ...more } });
  const state = play([
    on("r", "a"),
    on("new", "b"),
    on("r", "c", { error: {} }),
    on("r", "d", { accepted: true }),
  ]);
  assert.equal(queuedCount(state), 2);
});

const SIZES = [
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 kB"],
  [20 << 20, "20 MB"],
  [1536 * 1024, "1.5 MB"],
];
for (const [count, words] of SIZES) {
  test(`${count} bytes read "${words}", on one line`, () =>
    assert.equal(formatBytes(count), words.replace(" ", "\u00a0")));
}

const PLACES = [
  [{ page: 3 }, "page 3"],
  [{ line_start: 4, line_end: 6 }, "lines 4–6"],
  [{ line_start: 4, line_end: 4 }, "line 4"],
  [{}, ""],
];
for (const [citation, words] of PLACES)
  test(`a location reads "${words}"`, () => assert.equal(citationLocation(citation), words));

test("a text is split by code points", () => {
  assert.deepEqual(splitAround("🎉ab🎉cd", 100, 101, 104), ["🎉", "ab🎉", "cd"]);
});

test("an error says what happened and what to do", () => {
  assert.deepEqual(describeError({ message: "No answer", kind: "timeout" }), {
    message: "No answer.",
    hint: "The server may be busy. Try again.",
  });
  assert.deepEqual(describeError({ message: "Why?", hint: "So." }), {
    message: "Why?",
    hint: "So.",
  });
});

// A message that is sent later than all others so far.
const later = () =>
  new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done(port1.close());
    port2.postMessage(null);
  });

test("what the server sends is told once, in a later task, and at once with what the user does", async () => {
  const store = createStore((state, by) => state + by, 0);
  const told = [];
  store.subscribe((state) => told.push(state));
  store.receive(1);
  store.receive(2);
  assert.equal(store.get(), 3);
  assert.deepEqual(told, []);
  await later();
  assert.deepEqual(told, [3]);
  store.receive(1);
  store.dispatch(10);
  assert.deepEqual(told, [3, 14]);
  await later();
  assert.deepEqual(told, [3, 14]);
});

test("what the server cannot reach is known until it is back, or the connection is lost", () => {
  const state = (service) => ({ type: "signal", signal: { type: "service", data: service } });
  const online = { type: "connection", state: { status: "online", transport: "poll" } };
  const away = { other_servers: false, database: true };
  let s = reduce(reduce(initial, online), state(away));
  assert.deepEqual(s.service, away);
  s = reduce(s, online);
  assert.deepEqual(s.service, away);
  // Another transport takes over the same session, perhaps at another server.
  const upgraded = { type: "connection", state: { status: "online", transport: "websocket" } };
  assert.deepEqual(reduce(s, upgraded).service, { other_servers: true, database: true });
  s = reduce(s, { type: "connection", state: { status: "reconnecting" } });
  assert.deepEqual(s.service, { other_servers: true, database: true });
});
