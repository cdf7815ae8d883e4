// A run is heard to its end, and a room is known as it is, whatever way it took.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveRuns } from "../src/live-runs.js";
import { Streams } from "../src/streams.js";

const TEXT = "Bees dance.";
const ENDED = {
  run_id: "r",
  room_id: "c",
  status: "completed",
  parts: [{ part: 0, kind: "answer", text: TEXT, off: TEXT.length }],
};
const SNAPSHOT = { epoch: "e", seq: 9, messages: [], active_runs: [] };
const settle = () => new Promise((go) => setImmediate(go));

/** Streams whose questions are answered by `answers`, and what they tell. */
function streamsOf(answers) {
  const told = [];
  const asked = [];
  const ask = async (method, params, then) => {
    asked.push(method);
    const result = await answers[method](params);
    then?.(result);
    return result;
  };
  const streams = new Streams((name, value) => told.push([name, value]), ask, () => {});
  const text = () => told.map(([name, { text }]) => (name === "delta" ? text : "")).join("");
  const events = () => told.filter(([name]) => name === "event").map(([, { type }]) => type);
  return { streams, told, asked, text, events };
}

function gate() {
  let open;
  return [new Promise((resolve) => (open = resolve)), open];
}

test("its end is asked for if a snapshot swallowed it", async () => {
  // Deltas came while the snapshot was on its way, the snapshot has the end, then the reply.
  const [opened, open] = gate();
  const { streams, asked, text, events } = streamsOf({
    "rooms.join": () => opened.then(() => SNAPSHOT),
    "runs.get": async () => ENDED,
  });
  const joining = streams.join("c");
  streams.receive("delta", { run: "r", part: 0, kind: "answer", off: 0, text: "Bees" });
  open();
  await joining;
  streams.accepted({ run_id: "r", room_id: "c", epoch: "e", seq: 4 });
  await settle();
  assert.deepEqual(asked, ["rooms.join", "runs.get"]);
  assert.equal(text(), TEXT);
  assert.deepEqual(events(), ["run.completed"]);
});

test("what a snapshot is about to replace is not resumed", async () => {
  // Or its replay, which grows, would stand before the snapshot on each new connection.
  const [opened, open] = gate();
  const { streams } = streamsOf({ "rooms.join": () => opened.then(() => SNAPSHOT) });
  const own = { recovered: true, epoch: "u", seq: 1 };
  streams.restore("u", { "user:u": own });
  streams.accepted({ run_id: "r", room_id: "c", epoch: "e", seq: 4 });
  assert.deepEqual(Object.keys(streams.resume().cursors), ["user:u", "room:c"]);
  streams.restore("u", { "user:u": own, "room:c": { recovered: false, epoch: "e", seq: 8 } });
  assert.deepEqual(Object.keys(streams.resume().cursors), ["user:u"]);
  open();
  await settle();
  assert.equal(streams.resume().cursors["room:c"].seq, 9);
});

test("a run that a snapshot no longer knows is asked for, and one that is gone has failed", async () => {
  const gone = Object.assign(new Error("gone"), { kind: "not_found" });
  for (const [answer, type] of [[async () => ENDED, "completed"], [() => Promise.reject(gone), "failed"]]) {
    const { streams, events } = streamsOf({
      "rooms.join": async () => SNAPSHOT,
      "runs.get": answer,
    });
    streams.accepted({ run_id: "r", room_id: "c", epoch: "e", seq: 4 });
    await streams.join("c").then(settle);
    assert.deepEqual(events(), [`run.${type}`]);
  }
});

test("the runs of a room that is left, or deleted, end for their readers", () => {
  const { streams, told } = streamsOf({});
  streams.accepted({ run_id: "r", room_id: "c", epoch: "e", seq: 4 });
  streams.receive("delta", { run: "r", part: 0, kind: "answer", off: 0, text: "Bees" });
  const events = [{ seq: 5, type: "room.deleted", data: { room_id: "c" } }];
  streams.receive("events", { stream: "room:c", epoch: "e", events });
  const [name, { type, data }] = told.at(-1);
  assert.deepEqual([name, type, data.error.kind], ["event", "run.failed", "not_found"]);
  assert.equal(data.parts[0].text, "Bees");
  assert.deepEqual(streams.followed(), {});
});

test("a user who takes another's place is told to fetch everything", () => {
  const { streams, told } = streamsOf({});
  streams.restore("u", { "user:u": { recovered: false, epoch: "a", seq: 1 } });
  assert.deepEqual(told, []);
  streams.restore("v", { "user:v": { recovered: false, epoch: "b", seq: 1 } });
  assert.deepEqual(told, [["stale", { stream: "user:v" }]]);
  assert.deepEqual(Object.keys(streams.resume().cursors), ["user:v"]);
});

/** Numbers in [0, 1) that a seed repeats (Lehmer). */
function generator(seed) {
  let state = (seed % 2147483646) + 1;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** Somebody who knows a room only by what the client tells; and the server's side of it. */
class Reader {
  log = [];
  epoch = 0;
  knows = [];

  constructor() {
    const hear = (name, value) => {
      if (name === "snapshot") this.knows = [...value.messages];
      if (name !== "event") return;
      assert.equal(value.seq, this.knows.length + 1, "doubled, or missing");
      this.knows.push(value.seq);
    };
    const ask = async (method, params, then) => {
      assert.deepEqual([method, params], ["rooms.join", { room_id: "c" }]);
      await null;
      const result = { ...this.place(), messages: [...this.log], active_runs: [] };
      then(result);
      return result;
    };
    this.streams = new Streams(hear, ask, () => {});
  }

  place() {
    return { epoch: `e${this.epoch}`, seq: this.log.length };
  }

  /** Has events come in one frame, whether they are due or not. */
  deliver(first, last) {
    const events = this.log
      .slice(first, last)
      .map((seq) => ({ seq, type: "message.created", data: {} }));
    const frame = { stream: "room:c", epoch: `e${this.epoch}`, events };
    if (events.length) this.streams.receive("events", frame);
  }

  steps = {
    happens: (n) => {
      for (let i = 0; i < n; i++) this.log.push(this.log.length + 1);
    },
    comes: (n) => this.deliver(Math.max(0, this.log.length - n), this.log.length),
    comesLate: (n) => this.deliver(0, Math.max(0, this.log.length - n)),
    comesBack: () => {
      const known = this.streams.followed()["room:c"];
      const recovered = known?.epoch === `e${this.epoch}`;
      this.streams.restore("u", { "room:c": { recovered, ...this.place() } });
      if (recovered) this.deliver(known.seq, this.log.length);
    },
    isTrimmed: () => void this.epoch++,
  };
}

test("an old snapshot and the events since are a fresh one, whatever way the events took", async () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = generator(seed);
    const reader = new Reader();
    const names = Object.keys(reader.steps);
    await reader.streams.join("c");
    for (let step = 0; step < 30; step++) {
      const n = 1 + Math.floor(random() * 6);
      reader.steps[names[Math.floor(random() * names.length)]](n);
      for (let turns = n % 3; turns > 0; turns--) await null;
    }
    await settle();
    reader.steps.comesBack();
    await settle();
    assert.deepEqual(reader.knows, reader.log, `seed ${seed}`);
    assert.equal(reader.streams.resume().cursors["room:c"].seq, reader.log.length);
  }
});

test("deltas × disconnects × resumes = the final text", async () => {
  const whole = [..."Grüße 🎉 aus 日本 — 👩‍💻 says: “hello”, 🇪🇺!"];
  for (let seed = 0; seed < 300; seed++) {
    const random = generator(seed);
    const below = (n) => Math.floor(random() * n);
    let written = 0;
    let shown = "";
    const over = gate();
    const run = (status) => {
      const text = whole.slice(0, written).join("");
      return { run_id: "r", room_id: "c", status, parts: [{ part: 0, kind: "answer", text, off: written }] };
    };
    const emit = (name, value) => {
      if (name === "event") return over[1]();
      assert.equal(value.off, [...shown].length, "doubled, or missing");
      shown += value.text;
    };
    const ask = async (method, params, then) => {
      await null;
      then(run(written < whole.length ? "running" : "completed"));
    };
    const runs = new LiveRuns(emit, ask);
    const delta = (from, to) =>
      runs.delta({ run: "r", part: 0, kind: "answer", off: from, text: whole.slice(from, to).join("") });
    runs.begin("r", "c");
    while (written < whole.length) {
      const before = written;
      written = Math.min(whole.length, written + 1 + below(6));
      const what = random();
      // It comes, it comes with what was known, it is lost, or a resumption brings what is missing.
      if (what < 0.4) delta(before, written);
      else if (what < 0.6) delta(below(before + 1), written);
      else if (what < 0.8) delta(runs.book.offsets().r?.[0] ?? 0, written);
      if (random() < 0.3) await null;
    }
    // The end is an event, or in a snapshot that no more has the run among the active ones.
    if (random() < 0.5) runs.snapshot("c", []);
    else {
      runs.sync("r", run("completed").parts);
      over[1]();
    }
    await over[0];
    assert.equal(shown, whole.join(""), `seed ${seed}`);
  }
});
