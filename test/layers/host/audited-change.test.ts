import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AuditLog } from "../../../layers/core/audit/audit-log.ts";
import { hostTools } from "../../../layers/host/host-toolkit.ts";
import { sha256 } from "../../../layers/node/sha256.ts";
import { type HostBench, hostBench } from "../../fixtures/host-parts.ts";
import { tenant } from "../../fixtures/tenants.ts";

const ACME = tenant("acme");
const OTHER = tenant("other");

let bench: HostBench;
beforeEach(async () => {
  bench = await hostBench();
});
afterEach(() => bench.remove());

/** The changes of a tenant in the order in which they were made, each by how it ended. */
async function changes(tenantId = ACME) {
  const page = await bench.audit.list(tenantId, { limit: 100 });
  if (!page.ok) throw new TypeError(page.problem.reason);
  return page.value.records.toReversed();
}

describe("a change to a project", () => {
  test("is written down with who made it, whichever tool it was", async () => {
    bench.process.workspaces.put(ACME, "shop", { "server.js": "" });
    const { projectId } = await bench.told(ACME, "host.register", { workspace: "shop", name: "Shop" });
    for (const name of ["host.start", "host.restart", "host.stop", "host.remove"])
      await bench.told(ACME, name, { projectId });

    const written = await changes();

    expect(written.map(({ action, outcome, target }) => [action, outcome, target])).toEqual([
      ["project.register", "done", { kind: "project", id: "" }],
      ["project.start", "done", { kind: "project", id: projectId }],
      ["project.restart", "done", { kind: "project", id: projectId }],
      ["project.stop", "done", { kind: "project", id: projectId }],
      ["project.remove", "done", { kind: "project", id: projectId }],
    ]);
    expect(written[0]).toMatchObject({ actor: { subject: "ann", remoteAddress: "" }, after: { name: "Shop" } });
    expect(await changes(OTHER)).toEqual([]);
  });

  test("names what its environment has, and tells no value and no command", async () => {
    const secret = { API_PASSWORD: "hunter2" };
    await bench.told(ACME, "host.start", { projectId: "web", command: "serve --password=hunter3", env: secret });

    const [written] = await changes();

    expect(written).toMatchObject({ action: "project.start", after: { environmentNames: ["API_PASSWORD"] } });
    expect(JSON.stringify(written)).not.toMatch(/hunter/);
  });

  test("that is refused is written down with the reason", async () => {
    await bench.refusal(ACME, "host.register", { workspace: "none", name: "None" });

    expect(await changes()).toMatchObject([
      { action: "project.register", outcome: "refused", reason: "WORKSPACE_NOT_FOUND" },
    ]);
  });

  test("is not written down where there is no such project, and neither is what only looks", async () => {
    for (const name of ["host.start", "host.stop", "host.restart", "host.remove", "host.status"])
      await bench.refusal(ACME, name, { projectId: "none" });
    await bench.told(ACME, "host.list", {});

    expect(await changes()).toEqual([]);
  });

  test("is not made where it can't be written down", async () => {
    await bench.told(ACME, "host.start", { projectId: "web", command: "serve" });
    const table = { ...bench.world.table, put: () => Promise.reject(new Error("away")) };
    const audit = new AuditLog({ ...bench.world, table, digest: sha256, report: () => {} });
    const stop = hostTools({ ...bench.parts, audit }).find(({ name }) => name === "host.stop");

    await expect(stop?.answer({ projectId: "web" }, bench.call(ACME))).rejects.toThrow("away");

    expect(await bench.told(ACME, "host.status", { projectId: "web" })).toMatchObject({ status: "running" });
  });
});
