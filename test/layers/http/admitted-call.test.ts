import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { AdmittedCall } from "../../../layers/http/admitted-call.ts";
import { aCall } from "../../fixtures/http-call.ts";

const CALLS = 4_000;
const CALLS_AT_ONCE = 50;
const CALL_BYTES = 8 * 1_000;

setFlagsFromString("--expose-gc");
const collect: (options: { type: "minor" }) => void = runInNewContext("gc");

function oldSpaceBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === "old_space")?.space_used_size ?? 0;
}

/** A call of some size, as its door and its handler hold it while it goes on. */
function admitted(): AdmittedCall {
  const { principal, policy } = aCall;
  const held = Array.from({ length: CALL_BYTES / 8 }, (_, n) => n);
  return new AdmittedCall(Object.assign({ ...aCall, tenantId: undefined, admitted: true }, { held }), {
    principal,
    policy,
    credentialEndsAtEpochMs: undefined,
  });
}

test("a call that has ended needs no full collection to be forgotten", () => {
  const before = oldSpaceBytes();
  for (let done = 0; done < CALLS; done += CALLS_AT_ONCE) {
    for (let n = 0; n < CALLS_AT_ONCE; n++) admitted();
    // What lives through two of these is moved to the old space.
    collect({ type: "minor" });
    collect({ type: "minor" });
  }
  expect(oldSpaceBytes() - before).toBeLessThan((CALLS * CALL_BYTES) / 10);
});
