// The JavaScript and Python clients must agree on these shared vectors.
// `tests/client/test_client_vectors.py` reads the same files.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { acceptEvents } from "../src/cursors.js";
import { RetryPolicy, recoveryAfter, sentByServer } from "../src/retry-policy.js";
import { mayRepeat, takesClientMsgId } from "../src/retry-rules.js";
import { RunTexts } from "../src/run-text.js";
import { Streams } from "../src/streams.js";
import { applyDelta, codePoints } from "../src/text.js";
import { DEFAULT_TIMING, backoff } from "../src/timing.js";

const VECTORS = new URL("../../../tests/client/vectors/", import.meta.url);
const load = (name) => JSON.parse(readFileSync(new URL(`${name}.json`, VECTORS), "utf8"));
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

function forCases(name, check) {
  for (const [n, one] of load(name).cases.entries()) test(`${name}: ${one.name ?? n}`, () => check(one));
}

test("default timing", () => {
  const timing = Object.entries(load("backoff").timing_ms).map(([name, ms]) => [camel(name), ms]);
  assert.deepEqual({ ...DEFAULT_TIMING }, Object.fromEntries(timing));
});

forCases("backoff", ({ attempt, random, delay_ms }) =>
  assert.equal(backoff(attempt, () => random), delay_ms),
);

forCases("close_codes", ({ code, reason, action, status, min_delay_ms, by_server }) => {
  const recovery = { status: "reconnecting", minDelay: 0, ...recoveryAfter(code, reason) };
  assert.deepEqual(recovery, { action, status, minDelay: min_delay_ms });
  assert.equal(sentByServer(code), by_server);
});

forCases("retry_policy", ({ steps }) => {
  const policy = new RetryPolicy(DEFAULT_TIMING, () => 1);
  for (const { op, http, blocked, action, welcomed, ...step } of steps) {
    if (op === "delay") {
      const recovery = { action, minDelay: step.min_delay_ms };
      const error = { retryAfterMs: step.retry_after_ms ?? undefined };
      assert.equal(policy.delay(recovery, welcomed, error), step.expect_ms);
    } else if (op === "ended") policy.ended({ http, blocked });
    else policy.welcomed({ http });
    assert.equal(policy.prefersHttp, step.expect_http ?? policy.prefersHttp);
  }
});

forCases("deltas", ({ known, off, text, added, gap }) => {
  const part = { text: known, off: codePoints(known) };
  const applied = applyDelta(part, { off, text });
  const whole = known + added;
  assert.deepEqual(applied, { part: { text: whole, off: [...whole].length }, added, gap });
});

forCases("run_texts", ({ steps, texts, kinds }) => {
  const book = new RunTexts();
  for (const { op, part, kind = "answer", off, text, parts, expect } of steps) {
    if (op === "delta") {
      assert.deepEqual(book.apply({ run: "r", part, kind, off, text }), expect);
    } else if (op === "sync") {
      const added = book.sync("r", parts).map(({ part, off, text }) => ({ part, off, text }));
      assert.deepEqual(added, expect);
    } else book.end("r");
  }
  const known = book.parts("r").map(({ part, text }) => [part, text]);
  assert.deepEqual(Object.fromEntries(known), texts);
  const found = book.parts("r").map(({ part, kind }) => [part, kind]);
  if (kinds) assert.deepEqual(Object.fromEntries(found), kinds);
});

forCases("cursors", ({ cursor, epoch, seqs, after, gap, ...expected }) => {
  const at = cursor && { epoch: cursor[0], seq: cursor[1] };
  const accepted = acceptEvents(at, { epoch, events: seqs.map((seq) => ({ seq })) });
  const seqsOf = (events) => events.map((event) => event.seq);
  assert.deepEqual(seqsOf(accepted.events), expected.new);
  assert.deepEqual([accepted.cursor, accepted.gap], [{ epoch: after[0], seq: after[1] }, gap]);
});

forCases("retry_rules", ({ method, takes_client_msg_id, may_repeat }) =>
  assert.deepEqual([takesClientMsgId(method), mayRepeat(method)], [takes_client_msg_id, may_repeat]),
);

const SHOWN = {
  event: ({ seq }) => [seq],
  snapshot: ({ room_id, seq }) => [room_id, seq],
  stale: ({ stream }) => [stream],
};

forCases("resumption", async ({ steps, cursors }) => {
  let replies, emitted, requested;
  const emit = (name, value) => emitted.push([name, ...SHOWN[name](value)]);
  const request = async (method, params, onResult) => {
    requested.push(method);
    await null;
    onResult?.(replies[method]);
    return replies[method];
  };
  const streams = new Streams(emit, request, () => {});
  for (const step of steps) {
    [replies, emitted, requested] = [step.replies ?? {}, [], []];
    if (step.op === "restore") streams.restore(step.user, step.states);
    else if (step.op === "receive") streams.receive(step.method, step.params);
    else if (step.op === "accepted") streams.accepted(step.reply);
    else await streams.join(step.room_id);
    // Requests that were made in the background are answered by then.
    await new Promise((done) => setImmediate(done));
    assert.deepEqual([emitted, requested], [step.emits, step.requests]);
  }
  const known = Object.entries(streams.resume().cursors);
  assert.deepEqual(Object.fromEntries(known.map(([name, { epoch, seq }]) => [name, [epoch, seq]])), cursors);
});
