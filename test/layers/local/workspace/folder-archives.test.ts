import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { archiveKey } from "../../../../layers/core/workspace/archive-key.ts";
import { fileWorkspaces } from "../../../../layers/local/runner/file-workspaces.ts";
import { folderArchives, sweptArchives } from "../../../../layers/local/workspace/folder-archives.ts";
import { sendArchive } from "../../../../layers/local/workspace/send-archive.ts";
import { UploadIntake } from "../../../../layers/local/workspace/upload-intake.ts";
import { uploadLink } from "../../../../layers/local/workspace/upload-link.ts";
import { hmacSeal } from "../../../../layers/node/hmac-seal.ts";
import { systemChance } from "../../../../layers/node/system-chance.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { workspaceArchivesContract } from "../../../contracts/workspace-archives.contract.ts";
import { archiveOf } from "../../../fixtures/archives.ts";
import { memoryBlob } from "../../../fixtures/memory-blob.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { openDoor } from "../../../fixtures/test-door.ts";

const acme = tenant("acme");
const NAME = "shop.0a1b2c3d-0000-4000-8000-000000000001";
const PARTIAL = `.${NAME}.0a1b2c3d-0000-4000-8000-00000000000f.partial`;

async function aFolder() {
  const dataDir = await testFolder();
  const clock = systemClock();
  const blob = memoryBlob();
  const seal = hmacSeal([{ id: "k1", secret: Buffer.alloc(32, 1) }]);
  const intake = new UploadIntake({ blob, seal, clock });
  const door = await openDoor(intake.handler, {}, undefined, intake);
  onTestFinished(() => door.server.close({ cut: true }));
  const parts = { dataDir, blob, clock, chance: systemChance() };
  const archives = folderArchives(parts, (tenantId, order, expiresAtEpochMs) =>
    uploadLink(seal, door.url, { tenantId, order, expiresAtEpochMs }),
  );
  const root = join(dataDir, "workspaces", "acme");
  return { dataDir, root, blob, clock, archives, workspaces: fileWorkspaces({ dataDir, given: [] }) };
}

workspaceArchivesContract("folders", async () => {
  const { archives, workspaces, clock } = await aFolder();
  return {
    archives,
    workspaces,
    nowMs: () => clock.nowMs(),
    async send(link, archive) {
      const headers = { ...link.headers, "content-length": String(archive.byteLength) };
      return (await sendArchive({ ...link, headers }, { archive })).status === 200;
    },
  };
});

async function admitted(files: Readonly<Record<string, string>>) {
  const subject = await aFolder();
  const { content, bytes, sha256 } = await archiveOf(files);
  await subject.blob.put(archiveKey(acme, NAME), content);
  const order = { name: NAME, bytes, sha256 };
  return { ...subject, order, answer: await subject.archives.admit(acme, order) };
}

test("files are what they were, and programs may be run", async () => {
  const { root } = await admitted({ "src/deep/a.js": "text", "run.sh": "#!/bin/sh" });

  expect(readFileSync(join(root, NAME, "src/deep/a.js"), "utf8")).toBe("text");
  expect(statSync(join(root, NAME, "src/deep/a.js")).mode & 0o111).toBe(0);
  expect(statSync(join(root, NAME, "run.sh")).mode & 0o100).toBe(0o100);
  expect(statSync(join(root, NAME)).mode & 0o077).toBe(0);
});

test("the archive does not lie there any more once it is unpacked, and nothing half made does", async () => {
  const { root, blob } = await admitted({ "a.js": "x" });

  expect((await blob.list("", { limit: 10 })).blobs).toEqual([]);
  expect(readdirSync(root).sort()).toEqual([`.${NAME}.facts.json`, NAME]);
});

test("who comes to an archive just when another has unpacked it is told the same", async () => {
  const { dataDir, blob, clock, archives } = await aFolder();
  const { content, bytes, sha256 } = await archiveOf({ "a.js": "x" });
  const order = { name: NAME, bytes, sha256 };
  await blob.put(archiveKey(acme, NAME), content);
  const overtaken: typeof blob = {
    ...blob,
    async get(...asked) {
      await archives.admit(acme, order);
      return blob.get(...asked);
    },
  };
  const late = folderArchives({ dataDir, blob: overtaken, clock, chance: systemChance() }, archives.linkTo);

  expect(await late.admit(acme, order)).toEqual({ ok: true, value: { unpackedBytes: 1, entryCount: 1 } });
});

test("nothing is left of an archive that is refused in the middle", async () => {
  const { root, answer } = await admitted({ "a.js": "x", "../../b.js": "x" });

  expect(answer.ok).toBe(false);
  expect(readdirSync(root)).toEqual([]);
});

test("what a crash left half unpacked is found by its workspace's name and goes with it", async () => {
  const { root, archives } = await aFolder();
  mkdirSync(join(root, PARTIAL), { recursive: true });
  writeFileSync(join(root, `.${NAME}.facts.json`), "{}");

  const found = [];
  for await (const page of archives.pages()) found.push(...page);
  expect(found).toEqual([{ tenantId: acme, name: NAME }]);
  await archives.remove(acme, NAME);

  expect(readdirSync(root)).toEqual([]);
});

test("facts without their workspace are none, and the archive is unpacked", async () => {
  const { root, blob, archives } = await aFolder();
  const { content, bytes, sha256 } = await archiveOf({ "a.js": "x" });
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, `.${NAME}.facts.json`), '{"unpackedBytes":9,"entryCount":9}');
  await blob.put(archiveKey(acme, NAME), content);

  expect(await archives.admit(acme, { name: NAME, bytes, sha256 })).toMatchObject({ value: { unpackedBytes: 1 } });
});

test("what was half unpacked goes at the sweeper's look, once no call can be about it any more", async () => {
  const { dataDir, root, blob } = await aFolder();
  mkdirSync(join(root, PARTIAL), { recursive: true });
  mkdirSync(join(root, NAME));
  let nowMs = Date.now();
  const clock = { ...systemClock(), nowMs: () => nowMs };
  const look = async () => {
    for await (const _ of sweptArchives({ dataDir, blob, clock }).pages());
    return existsSync(join(root, PARTIAL));
  };

  expect(await look()).toBe(true);
  nowMs += CALL_DURATION_MS_MAX + 1_000;
  expect(await look()).toBe(false);
  expect(existsSync(join(root, NAME))).toBe(true);
});

test("folders that nobody uploaded are nobody's to list or to remove", async () => {
  const { root, archives } = await aFolder();
  for (const name of ["shop", ".home", "shop.old"]) mkdirSync(join(root, name), { recursive: true });

  const found = [];
  for await (const page of archives.pages()) found.push(...page);
  await archives.remove(acme, NAME);

  expect(found).toEqual([]);
  expect(readdirSync(root).sort()).toEqual([".home", "shop", "shop.old"]);
});

test("a workspace is removed with what its program has made of it, and nothing that it links to", async () => {
  const { dataDir, root, archives } = await admitted({ "a.js": "x" });
  const outside = join(dataDir, "outside");
  writeFileSync(outside, "stays");
  mkdirSync(join(root, NAME, "locked"));
  symlinkSync(outside, join(root, NAME, "locked", "link"));
  chmodSync(join(root, NAME, "locked"), 0);

  await archives.remove(acme, NAME);

  expect(existsSync(join(root, NAME))).toBe(false);
  expect(lstatSync(outside).size).toBe(5);
});
