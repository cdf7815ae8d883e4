// Runs are followed to their end, and rooms stay consistent, in whatever order frames arrive.
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

/** Streams whose requests are answered by `answers`, and the events they emit. */
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

test("a run's end that only a snapshot contains is fetched", async () => {
  // Deltas arrive while the snapshot is in flight; the snapshot has the end; then the reply comes.
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

test("a stream whose snapshot is being fetched is not resumed", async () => {
  // Otherwise its growing replay would precede the snapshot on each new connection.
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

test("a run missing from a snapshot is fetched, and fails if it no longer exists", async () => {
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

test("the runs of a deleted room fail", () => {
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

test("after a change of user, all data is stale", () => {
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

/** A reader who knows a room only from the client's events, and the server's log of that room. */
class Reader {
  log = [];
  epoch = 0;
  knows = [];

  constructor() {
    const hear = (name, value) => {
      if (name === "snapshot") this.knows = [...value.messages];
      if (name !== "event") return;
      assert.equal(value.seq, this.knows.length + 1, "duplicate or missing");
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

  /** Delivers events in one frame, whether they are new or not. */
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

test("an old snapshot and later events equal a fresh snapshot, in whatever order events arrive", async () => {
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

test("deltas, disconnections and resumptions add up to the final text", async () => {
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
      assert.equal(value.off, [...shown].length, "duplicate or missing");
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
      // It arrives; it overlaps known text; it is lost; or a resumption fills the gap.
      if (what < 0.4) delta(before, written);
      else if (what < 0.6) delta(below(before + 1), written);
      else if (what < 0.8) delta(runs.texts.offsets().r?.[0] ?? 0, written);
      if (random() < 0.3) await null;
    }
    // The end is an event, or a snapshot no longer lists the run as active.
    if (random() < 0.5) runs.snapshot("c", []);
    else {
      runs.sync("r", run("completed").parts);
      over[1]();
    }
    await over[0];
    assert.equal(shown, whole.join(""), `seed ${seed}`);
  }
});

test("a run that is fetched because of a gap ends by its event, however late that is", async () => {
  const { streams, text, events } = streamsOf({
    "rooms.join": async () => ({ ...SNAPSHOT, active_runs: [{ run_id: "r", parts: [] }] }),
    "runs.get": async () => ENDED,
  });
  await streams.join("c");
  streams.receive("delta", { run: "r", part: 0, kind: "answer", off: 5, text: "dance" });
  await settle();
  assert.equal(text(), TEXT);
  assert.deepEqual(events(), []);
  const end = { seq: 10, type: "run.completed", data: ENDED };
  streams.receive("events", { stream: "room:c", epoch: "e", events: [end] });
  assert.deepEqual(events(), ["run.completed"]);
});

test("a run that a snapshot passes over while it is being fetched is fetched again", async () => {
  const [opened, open] = gate();
  const states = [opened.then(() => ({ ...ENDED, status: "running" })), ENDED];
  const { streams, asked, events } = streamsOf({
    "rooms.join": async () => SNAPSHOT,
    "runs.get": async () => states.shift(),
  });
  streams.accepted({ run_id: "r", room_id: "c", epoch: "e", seq: 4 });
  streams.receive("delta", { run: "r", part: 0, kind: "answer", off: 5, text: "dance" });
  await streams.join("c");
  open();
  await settle();
  assert.deepEqual(asked, ["runs.get", "rooms.join", "runs.get"]);
  assert.deepEqual(events(), ["run.completed"]);
});
