import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { TENANT_LIMITS } from "../../../layers/core/quota/tenant-limits.ts";
import { projectUploadKey } from "../../../layers/core/store/keys.ts";
import { ARCHIVE_BYTES_MAX, UPLOADS_BESIDE_PROJECTS_MAX } from "../../../layers/core/workspace/limits.ts";
import { archiveOf, type PackedArchive, packed, sent } from "../../fixtures/archives.ts";
import { type SurfaceAsked, type SurfaceBench, surfaceBench } from "../../fixtures/surface-bench.ts";
import { tenant } from "../../fixtures/tenants.ts";

const PATH = "/api/projects/shop/workspace";
const UUID = "0a1b2c3d-0000-4000-8000-000000000001";

let bench: SurfaceBench;
let archive: PackedArchive;
beforeEach(async () => {
  bench = await surfaceBench();
  archive = await archiveOf({ "server.js": "x" });
});
afterEach(() => bench.remove());

const Offered = z.object({
  uploadId: z.string(),
  upload: z.object({ method: z.literal("PUT"), url: z.string(), headers: z.record(z.string(), z.string()) }),
});

const offer = ({ bytes, sha256 }: { bytes: number; sha256: string } = archive, asked: SurfaceAsked = {}) =>
  bench.ask("POST", PATH, { json: { bytes, sha256 }, ...asked });

async function uploaded(what = archive): Promise<string> {
  bench.world.clock.advance(1);
  const { uploadId, upload } = Offered.parse((await offer(what)).json);
  await bench.world.archives.send(upload, what.content);
  return uploadId;
}

const accept = (uploadId: string, asked: SurfaceAsked = {}) => bench.ask("PUT", PATH, { json: { uploadId }, ...asked });

describe("an upload over HTTP", () => {
  test("is begun, sent by its link, accepted, shown and removed", async () => {
    const begun = await offer();
    expect(begun).toMatchObject({
      status: 200,
      json: {
        ...{ success: true, projectId: "shop", uploadId: expect.any(String), upload: { method: "PUT" } },
        ...{ uploadUntil: "2027-01-01T00:10:00.000Z", acceptUntil: "2027-01-01T00:30:00.000Z" },
      },
    });
    const { uploadId, upload } = Offered.parse(begun.json);
    await bench.world.archives.send(upload, archive.content);

    const accepted = await accept(uploadId);

    const told = {
      ...{ success: true, projectId: "shop", uploadId, bytes: archive.bytes, sha256: archive.sha256 },
      ...{ region: "local", unpackedBytes: 1, entryCount: 1 },
      ...{ offeredAt: "2027-01-01T00:00:00.000Z", acceptedAt: "2027-01-01T00:00:00.000Z" },
    };
    expect([accepted.status, accepted.json]).toEqual([200, told]);
    expect(await bench.ask("GET", PATH)).toMatchObject({ status: 200, json: told });
    expect((await bench.ask("GET", "/api/projects/shop")).json).toMatchObject({ techStack: ["nodejs"] });
    expect(await bench.ask("DELETE", PATH)).toMatchObject({ status: 200, json: told });
    expect(await bench.ask("GET", PATH)).toMatchObject({
      status: 404,
      json: { success: false, details: { reason: "WORKSPACE_NOT_UPLOADED" } },
    });
  });

  test.each([
    ["GET", undefined],
    ["PUT", { uploadId: UUID }],
    ["DELETE", undefined],
  ])("%s of a project that is not there is not found", async (method, json) => {
    expect(await bench.ask(method, PATH, { json })).toMatchObject({
      status: 404,
      json: { details: { reason: "PROJECT_NOT_FOUND" } },
    });
  });

  test.each([
    ["an upload that was never begun", UUID, 404, "UPLOAD_NOT_FOUND"],
    ["what is no id of one", "../other", 400, undefined],
  ])("%s is not accepted", async (_what, uploadId, status, reason) => {
    await offer();

    expect(await accept(uploadId)).toMatchObject({ status, json: { ...(reason && { details: { reason } }) } });
  });

  test.each(["workspace", "config"])("what no project is called has no %s, whatever is done to it", async (part) => {
    for (const id of ["x".repeat(2_000), "a%00b", "shop%23x"]) {
      for (const method of ["GET", "PUT"]) {
        const json = part === "config" ? {} : { uploadId: UUID };
        const { status } = await bench.ask(method, `/api/projects/${id}/${part}`, { json });
        expect([method, id, status]).toEqual([method, id, 400]);
      }
    }
  });

  test("what has not come yet is not accepted", async () => {
    const { uploadId } = Offered.parse((await offer()).json);

    expect(await accept(uploadId)).toMatchObject({ status: 400, json: { details: { reason: "ARCHIVE_ABSENT" } } });
  });

  test.each<[string, () => Promise<PackedArchive>, string, RegExp]>([
    ["no archive", async () => sent(Buffer.from("none")), "ARCHIVE_MALFORMED", /no gzip/],
    ["a torn one", async () => packed(Buffer.alloc(100)), "ARCHIVE_MALFORMED", /in the middle/],
    [
      "a path that leads out",
      () => archiveOf({ "../x": "" }),
      "ARCHIVE_ENTRY_REFUSED",
      /"\.\.\/x": its path leads out/,
    ],
    ["a path twice", () => archiveOf({ x: "", "./x": "" }), "ARCHIVE_ENTRY_REFUSED", /is in it before/],
  ])("%s is refused, with the reason", async (_what, make, reason, message) => {
    const { status, json } = await accept(await uploaded(await make()));

    expect([status, json]).toEqual([
      400,
      expect.objectContaining({ error: expect.stringMatching(message), details: expect.objectContaining({ reason }) }),
    ]);
  });

  test("an earlier upload does not take a later one's place", async () => {
    const earlier = await uploaded();
    await accept(await uploaded(await archiveOf({ "main.py": "" })));

    expect(await accept(earlier)).toMatchObject({ status: 409, json: { details: { reason: "UPLOAD_SUPERSEDED" } } });
  });

  test.each([
    [{ bytes: 0, sha256: "0".repeat(64) }],
    [{ bytes: 1.5, sha256: "0".repeat(64) }],
    [{ bytes: 1, sha256: "0".repeat(63) }],
    [{ bytes: 1, sha256: "A".repeat(64) }],
    [{ bytes: 1 }],
    [{ bytes: 1, sha256: "0".repeat(64), path: "/etc" }],
  ])("%j is no upload", async (json) => {
    expect(await bench.ask("POST", PATH, { json })).toMatchObject({ status: 400, json: { code: "INVALID_PARAMS" } });
  });

  test("an archive that is too long is refused before it is sent", async () => {
    expect(await offer({ bytes: ARCHIVE_BYTES_MAX + 1, sha256: "0".repeat(64) })).toMatchObject({
      status: 400,
      json: { details: { reason: "ARCHIVE_TOO_LARGE", max: ARCHIVE_BYTES_MAX } },
    });
  });

  test("storage that is used up is told with its limit and what makes room", async () => {
    const limits = { storageBytes: archive.bytes };
    await offer();

    expect(await offer(archive, { limits })).toMatchObject({
      status: 409,
      json: {
        code: "QUOTA_EXCEEDED",
        details: {
          quota: "storageBytes",
          limit: archive.bytes,
          suggestions: ["host.remove", "DELETE /api/projects/<projectId>/workspace"],
        },
      },
    });
  });

  test("no more is begun where more was begun, and not accepted, than is looked after", async () => {
    const limit = TENANT_LIMITS.projects + UPLOADS_BESIDE_PROJECTS_MAX;
    for (let index = 0; index <= limit; index++) {
      await bench.world.table.put({ ...projectUploadKey(tenant("acme"), { projectId: "shop", uploadId: `${index}` }) });
    }

    expect(await offer()).toMatchObject({
      status: 409,
      json: { code: "QUOTA_EXCEEDED", details: { reason: "UPLOADS_REACHED", limit } },
    });
  });

  test("a path without an id of a project begins nothing", async () => {
    expect(await bench.ask("POST", "/api/projects/.hidden/workspace", { json: archive })).toMatchObject({
      status: 400,
    });
  });

  test("a project whose files lie elsewhere takes none", async () => {
    bench.world.workspaces.put("acme", "code", {});
    const { projectId } = z
      .object({ projectId: z.string() })
      .parse((await bench.ask("POST", "/api/projects", { json: { workspace: "code", name: "x" } })).json);
    const { bytes, sha256 } = archive;

    expect(await bench.ask("POST", `/api/projects/${projectId}/workspace`, { json: { bytes, sha256 } })).toMatchObject({
      status: 400,
      json: { details: { reason: "WORKSPACE_ELSEWHERE" } },
    });
  });

  test("who only reads may see it, and change nothing", async () => {
    const uploadId = await uploaded();
    const role = "viewer";

    const statuses = [
      await offer(archive, { role }),
      await accept(uploadId, { role }),
      await bench.ask("DELETE", PATH, { role }),
    ].map(({ status }) => status);
    await accept(uploadId);

    expect(statuses).toEqual([403, 403, 403]);
    expect((await bench.ask("GET", PATH, { role })).status).toBe(200);
  });

  test("another tenant finds nothing of it", async () => {
    const uploadId = await uploaded();
    await accept(uploadId);
    const asked = { tenant: "other" };

    const told = [
      await bench.ask("GET", PATH, asked),
      await accept(uploadId, asked),
      await bench.ask("DELETE", PATH, asked),
    ].map(({ status }) => status);

    expect(told).toEqual([404, 404, 404]);
    expect((await bench.ask("GET", PATH)).status).toBe(200);
  });
});
