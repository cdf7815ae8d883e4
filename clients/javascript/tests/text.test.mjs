// Text is counted in code points, and deltas are applied by their offsets (PROTOCOL, section 4.2).
import assert from "node:assert/strict";
import { test } from "node:test";
import { EventStreamParser } from "../src/sse.js";
import { recoveryAfter } from "../src/retry-policy.js";
import { RunTexts } from "../src/run-text.js";
import { codePoints, unitIndex } from "../src/text.js";

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

test("a text cut anywhere, with repeats and resumptions, is assembled without duplicates", () => {
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

test("a connection by cookie resumes, as the cookie may have been renewed", () => {
  assert.equal(recoveryAfter(4401, "", true).action, "resume");
  assert.equal(recoveryAfter(4403, "", true).action, "stop");
});

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

function generator(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
