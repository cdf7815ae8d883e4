// The page's state: pure, so its tests are tables.
import assert from "node:assert/strict";
import { test } from "node:test";
import { initial, reduce } from "../../src/basicchat/web/static/state.js";
import { timeline } from "../../src/basicchat/web/static/timeline.js";
import { bytes, cut, inWords, place } from "../../src/basicchat/web/static/format.js";

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

test("an old snapshot and the events since give what a fresh snapshot gives", () => {
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

test("a reload in the middle of an answer shows it, and the run's end replaces it", () => {
  const running = { run_id: "run-a", parts: [{ part: 0, kind: "answer", text: "so far", off: 6 }] };
  const during = play([snapshot([ask("q", 1)], [running]), { type: "run", run: run("a", "q") }]);
  assert.equal(during.runs["run-a"].parts[0].text, "so far");
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

test("a new room's question may come before the reply that names the room", () => {
  const state = play([
    { type: "pending", roomId: "new", item: { id: "i", text: "hello" } },
    event("message.created", ask("q", 1, "hello")),
    { type: "begun", from: "new", roomId: "r", id: "i" },
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
      { type: "begun", from: "new", roomId: "r", id: "i" },
      { type: "pending.accepted", roomId: "r", id: "i", seq: 0 },
      snapshot([ask("q", 1, "hello")]),
    ],
    [],
  ],
];
for (const [name, actions, left] of PENDING) {
  test(`a question on its way ${name}`, () =>
    assert.deepEqual(
      (play(actions).chats.r?.pending ?? []).map((p) => p.text),
      left,
    ));
}

test("rooms: one that gets a message comes first", () => {
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

test("rooms: the one with news comes first, a renamed one stays", () => {
  const room = (room_id, last_seq, name = room_id) => ({ room_id, last_seq, name });
  const listed = play([{ type: "rooms", rooms: [room("a", 1), room("b", 1)] }]);
  const names = (state) => state.rooms.map((r) => r.name);
  assert.deepEqual(names(play([event("room.updated", room("b", 2))], listed)), ["b", "a"]);
  assert.deepEqual(names(play([event("room.updated", room("b", 1, "B"))], listed)), ["a", "B"]);
  assert.deepEqual(names(play([event("room.updated", room("c", 0))], listed)), ["c", "a", "b"]);
  assert.deepEqual(names(play([event("room.deleted", { room_id: "a" })], listed)), ["b"]);
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
    assert.equal(bytes(count), words.replace(" ", "\u00a0")));
}

const PLACES = [
  [{ page: 3 }, "page 3"],
  [{ line_start: 4, line_end: 6 }, "lines 4–6"],
  [{ line_start: 4, line_end: 4 }, "line 4"],
  [{}, ""],
];
for (const [citation, words] of PLACES)
  test(`a place reads "${words}"`, () => assert.equal(place(citation), words));

test("a text is cut by code points", () => {
  assert.deepEqual(cut("🎉ab🎉cd", 100, 101, 104), ["🎉", "ab🎉", "cd"]);
});

test("an error says what happened and what to do", () => {
  assert.deepEqual(inWords({ message: "No answer", kind: "timeout" }), {
    message: "No answer.",
    hint: "The server may be busy. Try again.",
  });
  assert.deepEqual(inWords({ message: "Why?", hint: "So." }), { message: "Why?", hint: "So." });
});
