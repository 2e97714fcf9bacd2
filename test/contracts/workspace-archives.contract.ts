import { describe, expect, test } from "vitest";
import type { Workspaces } from "../../layers/core/ports/workspace.ts";
import type {
  ArchiveLink,
  ArchiveOrder,
  StoredArchive,
  WorkspaceArchives,
} from "../../layers/core/ports/workspace-archives.ts";
import { archiveOf, type PackedArchive, packed, tarOf } from "../fixtures/archives.ts";
import { tenant } from "../fixtures/tenants.ts";

export interface ArchivesSubject {
  readonly archives: WorkspaceArchives;
  /** Where what was admitted is found. */
  readonly workspaces: Workspaces;
  readonly nowMs: () => number;
  /** Sends a body by a link, with the link's headers. Whether it was taken. */
  send(link: ArchiveLink, body: Buffer): Promise<boolean>;
}

const acme = tenant("acme");
const other = tenant("other");
const UUID = "0a1b2c3d-0000-4000-8000-000000000001";
const NEXT_UUID = "0a1b2c3d-0000-4000-8000-000000000002";

const orderOf = ({ bytes, sha256 }: PackedArchive, name = `shop.${UUID}`): ArchiveOrder => ({ name, bytes, sha256 });

async function all(archives: WorkspaceArchives): Promise<readonly string[]> {
  const found: StoredArchive[] = [];
  for await (const page of archives.pages()) found.push(...page);
  return [...new Set(found.map(({ tenantId, name }) => `${tenantId} ${name}`))].sort();
}

/** What every adapter of {@link WorkspaceArchives} promises. */
export function workspaceArchivesContract(name: string, make: () => Promise<ArchivesSubject>): void {
  describe(`${name} as archives of workspaces`, () => {
    async function sent(subject: ArchivesSubject, archive: PackedArchive, order = orderOf(archive)) {
      const link = subject.archives.linkTo(acme, order, subject.nowMs() + 60_000);
      expect(await subject.send(link, archive.content)).toBe(true);
      return { link, order };
    }

    test("makes a workspace of what was sent, and tells what it holds", async () => {
      const subject = await make();
      const { order } = await sent(subject, await archiveOf({ "src/a.js": "x", Procfile: "web: node" }));

      const admitted = await subject.archives.admit(acme, order);

      expect(admitted).toEqual({ ok: true, value: { unpackedBytes: 10, entryCount: 2 } });
      const look = await subject.workspaces.look(acme, order.name, ["Procfile"]);
      expect(look.ok && look.value.texts).toEqual(new Map([["Procfile", "web: node"]]));
      expect(look.ok && look.value.place).toContain(order.name);
    });

    test("answers the same when it is asked again, or by two at once", async () => {
      const subject = await make();
      const { order } = await sent(subject, await archiveOf({ "a.js": "x" }));

      const both = await Promise.all([subject.archives.admit(acme, order), subject.archives.admit(acme, order)]);
      const again = await subject.archives.admit(acme, order);

      for (const answer of [...both, again]) {
        expect(answer).toEqual({ ok: true, value: { unpackedBytes: 1, entryCount: 1 } });
      }
    });

    test("takes an archive once: what is sent again by its link changes nothing", async () => {
      const subject = await make();
      const archive = await archiveOf({ "a.js": "x" });
      const { link, order } = await sent(subject, archive);

      expect(await subject.send(link, archive.content)).toBe(false);
      expect(await subject.archives.admit(acme, order)).toMatchObject({ ok: true });
    });

    test("takes it again where what came before was not the archive", async () => {
      const subject = await make();
      const archive = await archiveOf({ "a.js": "x" });
      const link = subject.archives.linkTo(acme, orderOf(archive), subject.nowMs() + 60_000);
      await subject.send(link, Buffer.alloc(archive.bytes + 1)).catch(() => false);

      expect(await subject.send(link, archive.content)).toBe(true);
    });

    test("takes no body of another length than the link was signed for", async () => {
      const subject = await make();
      const archive = await archiveOf({ "a.js": "x" });
      const link = subject.archives.linkTo(acme, orderOf(archive), subject.nowMs() + 60_000);

      const taken = await subject.send(link, Buffer.concat([archive.content, Buffer.from("x")])).catch(() => false);

      const admitted = await subject.archives.admit(acme, orderOf(archive));
      expect([taken, admitted.ok]).toEqual([false, false]);
    });

    test("makes no workspace of another body of the same length", async () => {
      const subject = await make();
      const archive = await archiveOf({ "a.js": "x" });
      const link = subject.archives.linkTo(acme, orderOf(archive), subject.nowMs() + 60_000);
      await subject.send(link, Buffer.alloc(archive.bytes)).catch(() => false);

      const admitted = await subject.archives.admit(acme, orderOf(archive));

      expect(admitted).toMatchObject({ ok: false });
      expect(await subject.archives.admit(acme, orderOf(archive))).toMatchObject({ ok: false });
    });

    test("makes nothing of an archive that is refused", async () => {
      const subject = await make();
      const archive = await archiveOf({ "a.js": "x", "../b.js": "x" });
      const { order } = await sent(subject, archive);

      expect(await subject.archives.admit(acme, order)).toMatchObject({
        ok: false,
        problem: { reason: "archive_entry_refused", path: "../b.js", detail: "path_outside" },
      });
      expect(await subject.archives.admit(acme, order)).toMatchObject({ ok: false });
    });

    test("refuses a torn archive", async () => {
      const subject = await make();
      const { order } = await sent(subject, packed((await tarOf({ "a.js": "x" })).subarray(0, 900)));

      expect(await subject.archives.admit(acme, order)).toMatchObject({ problem: { reason: "archive_malformed" } });
    });

    test("has nothing of what was not sent, or was sent by another tenant", async () => {
      const subject = await make();
      const archive = await archiveOf({ "a.js": "x" });
      const absent = { ok: false, problem: { reason: "archive_absent" } };

      expect(await subject.archives.admit(acme, orderOf(archive))).toEqual(absent);
      const { order } = await sent(subject, archive);

      expect(await subject.archives.admit(other, order)).toEqual(absent);
      expect(await subject.workspaces.look(other, order.name, [])).toMatchObject({ ok: false });
    });

    test("tells of what was sent and of what is a workspace, of all tenants", async () => {
      const subject = await make();
      const archive = await archiveOf({ "a.js": "x" });
      const { order } = await sent(subject, archive);
      await subject.archives.admit(acme, order);
      const next = orderOf(archive, `blog.${NEXT_UUID}`);
      await subject.send(subject.archives.linkTo(other, next, subject.nowMs() + 60_000), archive.content);

      expect(await all(subject.archives)).toEqual([`acme ${order.name}`, `other ${next.name}`]);
    });

    test("removes both, its tenant's alone, and what is absent", async () => {
      const subject = await make();
      const archive = await archiveOf({ "a.js": "x", "src/": "", "src/b.js": "" });
      const { order } = await sent(subject, archive);
      await subject.archives.admit(acme, order);
      const next = orderOf(archive, `blog.${NEXT_UUID}`);
      await subject.send(subject.archives.linkTo(acme, next, subject.nowMs() + 60_000), archive.content);

      await subject.archives.remove(other, order.name);
      expect(await all(subject.archives)).toHaveLength(2);
      for (const each of [order.name, next.name, next.name]) await subject.archives.remove(acme, each);

      expect(await all(subject.archives)).toEqual([]);
      expect(await subject.workspaces.look(acme, order.name, [])).toMatchObject({ ok: false });
      expect(await subject.archives.admit(acme, order)).toEqual({ ok: false, problem: { reason: "archive_absent" } });
    });
  });
}
