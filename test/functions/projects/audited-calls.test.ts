import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { archiveOf } from "../../fixtures/archives.ts";
import { type SurfaceBench, surfaceBench } from "../../fixtures/surface-bench.ts";
import { tenant } from "../../fixtures/tenants.ts";

const WORKSPACE = "/api/projects/shop/workspace";

let bench: SurfaceBench;
beforeEach(async () => {
  bench = await surfaceBench();
});
afterEach(() => bench.remove());

/** The changes of the tenant in the order in which they were made, each by how it ended. */
async function changes() {
  const page = await bench.audit.list(tenant("acme"), { limit: 100 });
  if (!page.ok) throw new TypeError(page.problem.reason);
  return page.value.records.toReversed();
}

const Offered = z.object({
  uploadId: z.string(),
  upload: z.object({ method: z.literal("PUT"), url: z.string(), headers: z.record(z.string(), z.string()) }),
});

describe("the audit log, of calls over plain HTTP", () => {
  test("has from where a change was asked for, and in which call", async () => {
    await bench.ask("POST", "/mcp/tools/call", {
      json: { name: "host.start", arguments: { projectId: "shop", command: "serve" } },
    });
    await bench.ask("POST", "/api/projects/shop/stop");
    await bench.ask("POST", "/api/projects/batch", { json: { action: "restart", projectIds: ["shop"] } });
    await bench.ask("POST", "/api/projects/clear-all", { json: { confirm: "DELETE_ALL" } });

    const written = await changes();

    const from = { subject: "ann", remoteAddress: "127.0.0.1", requestId: "request-1" };
    const of = { kind: "project", id: "shop" };
    expect(written).toMatchObject([
      { action: "project.start", outcome: "done", actor: from, target: of },
      { action: "project.stop", outcome: "done", actor: from, target: of },
      { action: "project.restart", outcome: "done", actor: from, target: of },
      { action: "project.remove", outcome: "done", actor: from, target: of },
    ]);
  });

  test("has which archive was offered, accepted and removed, by its checksum", async () => {
    const { content, bytes, sha256 } = await archiveOf({ "server.js": "x" });
    const { uploadId, upload } = Offered.parse((await bench.ask("POST", WORKSPACE, { json: { bytes, sha256 } })).json);
    await bench.ask("PUT", WORKSPACE, { json: { uploadId } });
    await bench.world.archives.send(upload, content);
    await bench.ask("PUT", WORKSPACE, { json: { uploadId } });
    await bench.ask("GET", WORKSPACE);
    await bench.ask("DELETE", WORKSPACE);

    const written = await changes();

    const after = { sha256, amounts: { bytes } };
    const of = { kind: "project", id: "shop" };
    expect(written).toMatchObject([
      { action: "workspace.offer", outcome: "done", target: of, after },
      { action: "workspace.accept", outcome: "refused", reason: "ARCHIVE_ABSENT", target: of, after },
      { action: "workspace.accept", outcome: "done", target: of, after },
      { action: "workspace.remove", outcome: "done", target: of },
    ]);
  });

  test("has the names of an environment that was set, and none of its values", async () => {
    await bench.ask("POST", WORKSPACE, { json: { bytes: 1, sha256: "0".repeat(64) } });
    const environment = { API_PASSWORD: "hunter2" };
    await bench.ask("PUT", "/api/projects/shop/config", { json: { environment, command: "serve --key=hunter3" } });

    const written = (await changes()).at(-1);

    expect(written).toMatchObject({
      action: "project.change",
      outcome: "done",
      after: { environmentNames: ["API_PASSWORD"] },
    });
    expect(JSON.stringify(written)).not.toMatch(/hunter/);
  });

  test("has nothing of projects that are not there, and of who may change nothing", async () => {
    await bench.ask("PUT", "/api/projects/none/config", { json: { command: "serve" } });
    await bench.ask("PUT", WORKSPACE, { json: { uploadId: "0a1b2c3d-0000-4000-8000-000000000001" } });
    await bench.ask("DELETE", WORKSPACE);
    await bench.ask("POST", WORKSPACE, { json: { bytes: 1, sha256: "0".repeat(64) }, role: "viewer" });

    expect(await changes()).toEqual([]);
  });
});
