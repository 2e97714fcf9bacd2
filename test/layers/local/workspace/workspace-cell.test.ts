import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { sendArchive } from "../../../../layers/local/workspace/send-archive.ts";
import { archiveOf, type PackedArchive } from "../../../fixtures/archives.ts";
import { eventually } from "../../../fixtures/eventually.ts";
import { type ProjectCell, projectCell } from "../../../fixtures/project-cell.ts";

/** A whole cell over real sockets, with programs that really run in what was sent. */

let cell: ProjectCell;
beforeAll(async () => {
  cell = await projectCell();
});
afterAll(() => cell.close());

const Offered = z.object({
  uploadId: z.string(),
  upload: z.object({ method: z.literal("PUT"), url: z.string(), headers: z.record(z.string(), z.string()) }),
});

const path = (projectId: string): string => `/api/projects/${projectId}/workspace`;
const serving = (text: string) =>
  archiveOf({
    "server.js": `require("http").createServer((_q, s) => s.end(require("fs").readFileSync("text"))).listen(process.env.PORT)`,
    text,
  });

async function offered(projectId: string, { bytes, sha256 }: PackedArchive, token = cell.owner) {
  return Offered.parse((await cell.ask("POST", path(projectId), { token, json: { bytes, sha256 } })).json);
}

async function uploaded(projectId: string, archive: PackedArchive, token = cell.owner): Promise<string> {
  const { uploadId, upload } = await offered(projectId, archive, token);
  expect(await sendArchive(upload, { archive: archive.content })).toEqual({ status: 200, text: "" });
  const accepted = await cell.ask("PUT", path(projectId), { token, json: { uploadId } });
  expect([accepted.status, accepted.text]).toEqual([200, expect.stringContaining(archive.sha256)]);
  return uploadId;
}

const folders = (): readonly string[] =>
  readdirSync(join(cell.dataDir, "workspaces", "local"))
    .filter((name) => name.startsWith("shop."))
    .sort();

test("a project runs in what was sent; another upload is what it runs in once it is started again", async () => {
  const first = await uploaded("shop", await serving("first"));
  await cell.told("host.start", { projectId: "shop" });
  await cell.listening("shop");
  const page = async () => (await cell.ask("GET", "/p/shop/", { token: cell.owner })).text;
  expect(await page()).toBe("first");

  const second = await uploaded("shop", await serving("second"));

  expect(await page()).toBe("first");
  expect(folders()).toEqual([`shop.${first}`, `shop.${second}`].sort());
  await cell.told("host.restart", { projectId: "shop" });
  await cell.listening("shop");
  expect(await page()).toBe("second");
  await cell.told("host.stop", { projectId: "shop", force: true });
}, 60_000);

test("what a project held is given back when it is removed, and its files are gone", async () => {
  const token = cell.owner;
  const usedBytes = async () =>
    z
      .object({ quotas: z.object({ storageBytes: z.object({ used: z.int() }) }) })
      .parse((await cell.ask("GET", "/api/tenants/self/quotas", { token })).json).quotas.storageBytes.used;
  const before = await usedBytes();
  const archive = await serving("gone");
  const uploadId = await uploaded("brief", archive);
  expect(await usedBytes()).toBe(before + archive.bytes);

  await cell.told("host.remove", { projectId: "brief" });

  expect(await usedBytes()).toBe(before);
  expect(existsSync(join(cell.dataDir, "workspaces", "local", `brief.${uploadId}`))).toBe(false);
});

test("an archive of some megabytes passes, though no other body of that length does", async () => {
  const noise = Array.from({ length: 400_000 }, (_, index) => (index * 2_654_435_761) % 4_294_967_296).join();
  const archive = await archiveOf({ "index.html": noise });
  expect(archive.bytes).toBeGreaterThan(1_500_000);

  await uploaded("large", archive);

  expect((await cell.ask("GET", path("large"), { token: cell.owner })).text).toContain(archive.sha256);
});

describe("a link", () => {
  const refusal = async (
    change: (
      given: z.infer<typeof Offered>["upload"],
      archive: PackedArchive,
    ) => Promise<{ status: number; text: string }>,
  ) => {
    const archive = await serving("x");
    const { upload, uploadId } = await offered("linked", archive);
    const { status, text } = await change(upload, archive);
    const accepted = await cell.ask("PUT", path("linked"), { token: cell.owner, json: { uploadId } });
    expect(accepted.text).toContain("ARCHIVE_ABSENT");
    return `${status} ${z.object({ code: z.string() }).parse(JSON.parse(text)).code}`;
  };

  test("is for one body alone", async () => {
    expect(
      await refusal((upload, { content }) => sendArchive(upload, { archive: Buffer.alloc(content.byteLength) })),
    ).toBe("400 upload_checksum_wrong");
  });

  test("is for its length alone", async () => {
    const longer = (upload: z.infer<typeof Offered>["upload"], { content }: PackedArchive) => {
      const archive = Buffer.concat([content, content]);
      return sendArchive(
        { ...upload, headers: { ...upload.headers, "content-length": String(archive.byteLength) } },
        { archive },
      );
    };
    expect(await refusal(longer)).toBe("403 upload_differs");
  });

  test("is for its type and checksum alone, and for one time", async () => {
    for (const header of ["content-type", "x-amz-checksum-sha256", "if-none-match"]) {
      expect(
        await refusal((upload, { content }) =>
          sendArchive({ ...upload, headers: { ...upload.headers, [header]: "text/plain" } }, { archive: content }),
        ),
      ).toBe("403 upload_differs");
    }
  });

  test("takes nothing once the archive has come", async () => {
    const archive = await serving("twice");
    const { upload, uploadId } = await offered("linked", archive);
    const sent = [1, 2].map(() => sendArchive(upload, { archive: archive.content }));
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    const again = await sendArchive(upload, { archive: archive.content });

    expect(statuses.sort()).toEqual([200, 412]);
    expect([again.status, again.text]).toEqual([412, expect.stringContaining("upload_sent_before")]);
    const accepted = await cell.ask("PUT", path("linked"), { token: cell.owner, json: { uploadId } });
    expect(accepted.text).toContain(archive.sha256);
  });

  test("is nobody's to change", async () => {
    const forged = (upload: z.infer<typeof Offered>["upload"], { content }: PackedArchive) => {
      const [key, body = "", tag] = upload.url.slice(upload.url.lastIndexOf("/") + 1).split(".");
      const order = JSON.parse(Buffer.from(body, "base64url").toString());
      const other = Buffer.from(JSON.stringify({ ...order, tenantId: "other" })).toString("base64url");
      return sendArchive(
        { ...upload, url: `${cell.url}/workspace-uploads/${key}.${other}.${tag}` },
        { archive: content },
      );
    };
    expect(await refusal(forged)).toBe("403 upload_link_refused");
    expect(
      await refusal((upload, { content }) =>
        sendArchive({ ...upload, url: `${cell.url}/workspace-uploads/` }, { archive: content }),
      ),
    ).toBe("403 upload_link_refused");
  });

  test("says nothing to other methods", async () => {
    const { upload } = await offered("linked", await serving("x"));

    expect((await fetch(upload.url)).status).toBe(405);
  });

  test("does not stand in the log", async () => {
    await uploaded("logged", await serving("x"));
    const logs = () =>
      readdirSync(join(cell.dataDir, "log"))
        .map((name) => readFileSync(join(cell.dataDir, "log", name), "utf8"))
        .join("");

    await eventually(() => expect(logs()).toContain('"PUT /workspace-uploads/"'));
    expect(logs()).not.toMatch(/workspace-uploads\/[^"]/);
  });
});

test("whoever leaves in the middle of a body is forgotten, and may send it again", async () => {
  const archive = await serving("again");
  const { upload, uploadId } = await offered("halfway", archive);
  const leaving = new AbortController();
  const half = new ReadableStream({
    start(controller) {
      controller.enqueue(archive.content.subarray(0, 100));
      setTimeout(() => leaving.abort(), 50);
    },
  });
  const init = { method: "PUT", headers: upload.headers, body: half, duplex: "half", signal: leaving.signal };
  await expect(fetch(upload.url, init as RequestInit)).rejects.toThrow();

  await sendArchive(upload, { archive: archive.content });

  expect((await cell.ask("PUT", path("halfway"), { token: cell.owner, json: { uploadId } })).status).toBe(200);
});

test("tenants with a project of one name have each their own", async () => {
  const operator = cell.token({ tenant: "fleet", role: "operator" });
  const json = { tenantId: "globex", name: "G", plan: "team" };
  expect((await cell.ask("POST", "/api/tenants", { token: operator, json })).status).toBe(201);
  const theirs = cell.token({ tenant: "globex" });
  const [mine, other] = [await serving("mine"), await serving("theirs")];
  const uploadId = await uploaded("same", mine);
  await uploaded("same", other, theirs);

  const accepted = await cell.ask("PUT", path("same"), { token: theirs, json: { uploadId } });

  expect(accepted.status).toBe(404);
  expect((await cell.ask("GET", path("same"), { token: cell.owner })).text).toContain(mine.sha256);
  expect((await cell.ask("GET", path("same"), { token: theirs })).text).toContain(other.sha256);
});
