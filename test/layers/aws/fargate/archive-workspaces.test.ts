import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { archiveWorkspaces } from "../../../../layers/aws/fargate/archive-workspaces.ts";
import { ok } from "../../../../layers/core/result.ts";
import { archiveKey } from "../../../../layers/core/workspace/archive-key.ts";
import { workspacesContract } from "../../../contracts/workspaces.contract.ts";
import { memoryBlob } from "../../../fixtures/memory-blob.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");

/** As `tar` packs these files; a name that ends in a slash is a folder. */
async function packed(files: Readonly<Record<string, string>>, ...options: readonly string[]): Promise<Buffer> {
  const folder = await testFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(path.endsWith("/") ? join(folder, path) : dirname(join(folder, path)), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(join(folder, path), content);
  }
  return execFileSync("tar", ["-cf", "-", ...options, "-C", folder, "."]);
}

async function aStore() {
  const blob = memoryBlob();
  return {
    workspaces: archiveWorkspaces({ blob }),
    async put(tenantId: string, name: string, files: Readonly<Record<string, string>>) {
      await blob.put(archiveKey(tenant(tenantId), name), gzipSync(await packed(files)));
    },
    blob,
  };
}

workspacesContract("archives", aStore);

describe("an archive", () => {
  test("is looked into below its own folder", async () => {
    const { workspaces, put } = await aStore();
    await put("acme", "mono", { "web/package.json": "{}", "web/src/a.ts": "", "webs/no.txt": "", "README.md": "" });

    expect(await workspaces.look(acme, "mono/web", ["package.json"])).toEqual({
      ok: true,
      value: {
        place: "workspace/acme/mono.tar.gz/web",
        names: ["package.json", "src/"],
        texts: new Map([["package.json", "{}"]]),
      },
    });
    expect(await workspaces.look(acme, "mono/we", [])).toMatchObject({ problem: { reason: "workspace_absent" } });
  });

  test("that is none has no files, and is not in the way", async () => {
    const { workspaces, blob } = await aStore();
    await blob.put(archiveKey(acme, "odd"), Buffer.from("no archive"));
    await blob.put(archiveKey(acme, "torn"), gzipSync(await packed({ "a.txt": "x".repeat(100_000) })).subarray(0, 90));

    expect(await workspaces.look(acme, "odd", [])).toMatchObject({ ok: true, value: { names: [] } });
    expect(await workspaces.look(acme, "torn", [])).toMatchObject({ ok: true });
  });
});

test("a store that breaks in the middle of an archive is a fault, and no empty workspace", async () => {
  const { blob } = await aStore();
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield gzipSync(await packed({ "a.txt": "" })).subarray(0, 20);
    throw new TypeError("the connection broke");
  }
  const info = { key: "k", bytes: 1, etag: "e", modifiedAtEpochMs: 0 };
  const torn = { ...blob, get: async () => ok({ ...info, body: broken() }) };

  await expect(archiveWorkspaces({ blob: torn }).look(acme, "shop", [])).rejects.toThrow("the connection broke");
});
