// Judging whether a connection is alive by the times at which data was received.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LivenessCheck } from "../src/liveness.js";

test("received data counts for the next connection, a probe does not", () => {
  const check = new LivenessCheck({ progressTimeout: 30, probeTimeout: 10 });
  check.heard(100);
  check.probed(105);
  assert.equal(check.verdict({ welcomed: true, since: 90 }, 116, 5), "dead");
  check.reset();
  assert.equal(check.heardAt, 100);
  assert.equal(check.verdict({ welcomed: true, since: 116 }, 117, 5), "alive");
  assert.equal(check.verdict({ welcomed: true, since: 116 }, 122, 5), "probe");
});
