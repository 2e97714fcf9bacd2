import { execFile } from "node:child_process";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { NAME_PORT, RUN_NAME_BYTES_MAX, runName } from "../../../../layers/core/deployment/project-task.ts";
import { RUN_ID_PATTERN } from "../../../../layers/core/ports/runner.ts";
import { fitPort } from "../../../../layers/core/project/port-ranges.ts";
import { tellName } from "../../../../layers/node/supervisor/tell-name.ts";
import { freePort } from "../../../fixtures/free-port.ts";

test("whose run it is is said to all who connect, and nothing of what they say is read", async () => {
  const port = await freePort();

  await tellName("acme/r1", { host: "127.0.0.1", port });

  const [one, other] = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  one.write("GET / HTTP/1.1");
  expect(await Promise.all([text(one), text(other)])).toEqual(["acme/r1", "acme/r1"]);
});

test("the program of a run can't say it in its place, and where another does that is a fault", async () => {
  const port = await freePort();
  await tellName("acme/r1", { host: "0.0.0.0", port });

  await expect(tellName("acme/r2", { host: "127.0.0.1", port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  await expect(tellName("acme/r2", { host: "::", port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("a process that has nothing else to do ends", async () => {
  const module = JSON.stringify(new URL("../../../../layers/node/supervisor/tell-name.ts", import.meta.url));
  const program = `await (await import(${module})).tellName("acme/r1", { host: "127.0.0.1", port: 0 });`;

  const ended = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], { timeout: 10_000 });

  await expect(ended).resolves.toMatchObject({ stdout: "" });
});

test("no project is given that port, and the longest name fits", () => {
  const longest = { tenant: "t".repeat(63), run: "r".repeat(64) };

  expect(fitPort(NAME_PORT, undefined)).toMatchObject({ ok: false, problem: { reason: "port_system_reserved" } });
  expect(RUN_ID_PATTERN.test(`${longest.run}r`)).toBe(false);
  expect(runName(longest.tenant, longest.run).length).toBeLessThan(RUN_NAME_BYTES_MAX);
  expect(runName("acme", "r1")).toBe("acme/r1");
});
