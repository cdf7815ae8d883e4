// Whether a connection is alive, told by what was heard and when.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LivenessCheck } from "../src/liveness.js";

test("progress outlives the connection that brought it, a question does not", () => {
  const pulse = new LivenessCheck({ progressTimeout: 30, probeTimeout: 10 });
  pulse.heard(100);
  pulse.probed(105);
  assert.equal(pulse.verdict({ welcomed: true, since: 90 }, 116, 5), "dead");
  pulse.begin();
  assert.equal(pulse.heardAt, 100);
  assert.equal(pulse.verdict({ welcomed: true, since: 116 }, 117, 5), "alive");
  assert.equal(pulse.verdict({ welcomed: true, since: 116 }, 122, 5), "probe");
});
