// Text is counted in code points and deltas are applied by their offsets (protocol §4.2).
import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptEvents } from "../src/cursors.js";
import { EventStreamParser } from "../src/sse.js";
import { mayRepeat, takesClientMsgId } from "../src/retry-rules.js";
import { backoff, onCloseCode } from "../src/timing.js";
import { RunTexts } from "../src/run-text.js";
import { applyDelta, codePoints, unitIndex } from "../src/text.js";

const COUNTS = [
  ["", 0],
  ["abc", 3],
  ["naïve", 5],
  ["日本語", 3],
  ["🎉", 1],
  ["a🎉b", 3],
  ["👩‍💻", 3],
  ["\ud83c", 1],
  ["\udf89\ud83c", 2],
];
for (const [text, count] of COUNTS) {
  test(`${JSON.stringify(text)} has ${count} code points`, () => {
    assert.equal(codePoints(text), count);
    assert.equal(codePoints(text), [...text].length);
    assert.equal(unitIndex(text, count), text.length);
  });
}

const DELTAS = [
  ["appends at the end", ["ab", 2], ["cd", 2], ["abcd", 4], "cd"],
  ["begins a part", ["", 0], ["a🎉", 0], ["a🎉", 2], "a🎉"],
  ["ignores what is known", ["abcd", 4], ["bc", 1], ["abcd", 4], ""],
  ["drops the overlap", ["ab🎉", 3], ["🎉cd", 2], ["ab🎉cd", 5], "cd"],
  ["drops an overlap of many units", ["🎉🎉", 2], ["🎉🎉🎉", 0], ["🎉🎉🎉", 3], "🎉"],
  ["takes an empty delta", ["ab", 2], ["", 2], ["ab", 2], ""],
];
for (const [name, [text, off], [more, at], [whole, end], added] of DELTAS) {
  test(`a delta ${name}`, () => {
    const result = applyDelta({ text, off }, { text: more, off: at });
    assert.deepEqual(result, { part: { text: whole, off: end }, added, gap: false });
  });
}

test("a delta beyond the end is a gap and changes nothing", () => {
  const part = { text: "ab", off: 2 };
  assert.deepEqual(applyDelta(part, { text: "x", off: 3 }), { part, added: "", gap: true });
});

test("any cut of a text, with repeats and resumptions, ends as the text, and nothing is told twice", () => {
  const whole = "Grüße 🎉 aus 日本 — 👩‍💻 says: “hello”, 🇪🇺!";
  const points = [...whole];
  for (let seed = 1; seed <= 300; seed++) {
    const random = generator(seed);
    const book = new RunTexts();
    let told = "";
    for (let known = 0; known < points.length;) {
      const from = Math.floor(random() * (known + 1));
      const to = from + 1 + Math.floor(random() * 8);
      const text = points.slice(from, to).join("");
      if (random() < 0.2) {
        const parts = [{ part: 0, kind: "answer", text: points.slice(0, to).join("") }];
        told += book
          .sync("r", parts)
          .map((delta) => delta.text)
          .join("");
      } else {
        told += book.apply({ run: "r", part: 0, kind: "answer", off: from, text }).added;
      }
      known = book.parts("r")[0].off;
    }
    assert.equal(told, whole);
    assert.deepEqual(book.parts("r"), [
      { part: 0, kind: "answer", text: whole, off: points.length },
    ]);
  }
});

test("a run that has ended takes no more text", () => {
  const book = new RunTexts();
  book.apply({ run: "r", part: 0, kind: "answer", off: 0, text: "done" });
  assert.deepEqual(book.offsets(), { r: { 0: 4 } });
  book.end("r");
  assert.deepEqual(book.apply({ run: "r", part: 0, kind: "answer", off: 9, text: "late" }), {
    off: 9,
    added: "",
    gap: false,
  });
  assert.deepEqual(book.offsets(), {});
});

const at = (epoch, seq) => ({ epoch, seq });
const frame = (epoch, ...seqs) => ({ epoch, events: seqs.map((seq) => ({ seq })) });
const FRAMES = [
  ["the first frame sets the cursor", null, frame("e", 5, 6), [5, 6], at("e", 6), false],
  ["what follows is taken", at("e", 4), frame("e", 5, 6), [5, 6], at("e", 6), false],
  ["what is known is dropped", at("e", 6), frame("e", 5, 6), [], at("e", 6), false],
  ["what overlaps is cut", at("e", 5), frame("e", 4, 5, 6), [6], at("e", 6), false],
  ["a hole is a gap", at("e", 4), frame("e", 6), [], at("e", 4), true],
  ["another epoch is a gap", at("e", 4), frame("f", 5), [], at("e", 4), true],
  ["an empty frame is nothing", at("e", 4), frame("e"), [], at("e", 4), false],
];
for (const [name, cursor, sent, taken, next, gap] of FRAMES) {
  test(`events: ${name}`, () => {
    const result = acceptEvents(cursor, sent);
    assert.deepEqual(
      result.events.map((event) => event.seq),
      taken,
    );
    assert.deepEqual([result.cursor, result.gap], [next, gap]);
  });
}

const CEILINGS = [
  [0, 250],
  [1, 500],
  [2, 1000],
  [6, 16000],
  [7, 30000],
  [40, 30000],
  [4000, 30000],
];
for (const [attempt, ceiling] of CEILINGS) {
  test(`attempt ${attempt} waits between 0 and ${ceiling} ms`, () => {
    assert.equal(
      backoff(attempt, () => 0),
      0,
    );
    assert.equal(
      backoff(attempt, () => 0.5),
      ceiling / 2,
    );
    assert.ok(backoff(attempt, () => 0.999999) < ceiling);
  });
}

const CLOSES = [
  [1000, "retry"],
  [1001, "retry"],
  [1006, "retry"],
  [1009, "retry"],
  [4400, "stop"],
  [4401, "stop"],
  [4401, "resume", true],
  [4403, "stop", true],
  [4403, "stop"],
  [4408, "resume"],
  [4429, "retry"],
];
for (const [code, act, byCookie] of CLOSES)
  test(`close code ${code} means ${act}${byCookie ? " by cookie" : ""}`, () =>
    assert.equal(onCloseCode(code, byCookie).act, act));

const STREAMS = [
  ["one event", ["id: e:1\ndata: {}\n\n"], [{ id: "e:1", data: "{}" }]],
  ["an event in pieces", ["id: e", ":1\nda", "ta: a\n", "\n"], [{ id: "e:1", data: "a" }]],
  ["several lines of data", ["data: a\ndata: b\n\n"], [{ data: "a\nb" }]],
  ["a comment", [": still here\n\n"], []],
  ["carriage returns", ["event: x\r\ndata: a\r", "\n\r\n"], [{ event: "x", data: "a" }]],
  ["data with a colon", ["data:a:b\n\n"], [{ data: "a:b" }]],
];
for (const [name, pieces, events] of STREAMS) {
  test(`an event stream with ${name}`, () => {
    const parser = new EventStreamParser();
    assert.deepEqual(
      pieces.flatMap((piece) => parser.push(piece)),
      events,
    );
  });
}

const METHODS = [
  ["query", true, true],
  ["messages.edit", true, true],
  ["runs.continue", true, true],
  ["messages.list", false, true],
  ["rooms.join", false, true],
  ["rooms.read", false, true],
  ["session.ping", false, true],
  ["rooms.create", false, false],
  ["documents.delete", false, false],
];
for (const [method, once, repeat] of METHODS) {
  test(`${method} ${once ? "takes" : "takes no"} client_msg_id, ${repeat ? "may" : "must not"} be repeated`, () =>
    assert.deepEqual([takesClientMsgId(method), mayRepeat(method)], [once, repeat]));
}

function generator(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
