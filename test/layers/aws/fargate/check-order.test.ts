import { describe, expect, test } from "vitest";
import { checkOrder, checkRuns } from "../../../../layers/aws/fargate/check-order.ts";
import { workspacePlace } from "../../../../layers/aws/fargate/workspace-place.ts";
import { runOrder } from "../../../fixtures/awaited-run.ts";

import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");

describe("the environment of an order may not have", () => {
  test.each([
    ["a name that is none", "1ST", "x"],
    ["an empty name", "", "x"],
    ["what the run is given anyway", "PORT", "80"],
    ["a name of ours", "SKEIN_ORDER", "x"],
    ["a value that no environment can hold", "COLOUR", "re\0d"],
  ])("%s", (_what, name, value) => {
    expect(checkOrder(runOrder({ environment: { FINE: "yes", [name]: value } }))).toEqual({
      ok: false,
      problem: { reason: "environment_refused", name },
    });
  });
});

test("an order is taken up to 6 KiB of command and environment, and not beyond", () => {
  const overheadBytes = JSON.stringify({ command: { shell: "x" }, environment: { A: "" } }).length;
  const fitting = runOrder({ command: { shell: "x" }, environment: { A: "y".repeat(6_144 - overheadBytes) } });
  const larger = runOrder({ command: { shell: "x" }, environment: { A: "y".repeat(6_145 - overheadBytes) } });

  expect(checkOrder(fitting)).toMatchObject({ ok: true });
  expect(checkOrder(larger)).toEqual({
    ok: false,
    problem: { reason: "order_too_large", bytes: 6_145, bytesMax: 6_144 },
  });
});

test("an id, a grace or a number of runs that no caller of ours has is a fault", () => {
  const malformed = expect.objectContaining({ code: "run_malformed" });

  expect(() => checkOrder(runOrder({ runId: "a/b" }))).toThrow(malformed);
  expect(() => checkOrder(runOrder({ runId: "" }))).toThrow(malformed);
  expect(() => checkOrder(runOrder({ graceMs: 120_001 }))).toThrow(malformed);
  expect(() => checkOrder(runOrder({ graceMs: Number.NaN }))).toThrow(malformed);
  expect(() => checkRuns(Array.from({ length: 101 }, () => ({ runId: "a" })))).toThrow(malformed);
});

describe("a working directory", () => {
  test.each([
    ["shop", "workspace/acme/shop.tar.gz", ""],
    ["./shop/web/", "workspace/acme/shop.tar.gz", "web"],
    ["shop//a/./b", "workspace/acme/shop.tar.gz", "a/b"],
  ])("%s is a folder of an archive of the tenant's", (path, key, folder) => {
    expect(workspacePlace(acme, path)).toEqual({ ok: true, value: { key, folder } });
  });

  test.each(["/etc", "shop/../../beta", "..", "shop\\..\\x", "shop/\0"])("%j leads out", (path) => {
    expect(workspacePlace(acme, path)).toEqual({ ok: false, problem: { reason: "workspace_outside" } });
  });

  test.each(["", ".", "sh op", "-rf", ".hidden", "x".repeat(101)])("%j names no archive", (path) => {
    expect(workspacePlace(acme, path)).toEqual({ ok: false, problem: { reason: "workspace_missing" } });
  });
});
