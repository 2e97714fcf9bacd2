import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  ARCHIVE_ENTRIES_MAX,
  ARCHIVE_NAME_BYTES_MAX,
  ARCHIVE_PATH_BYTES_MAX,
  ARCHIVE_UNPACKED_BYTES_MAX,
} from "../../../../layers/core/workspace/limits.ts";
import { type ArchiveEntry, readArchive } from "../../../../layers/core/workspace/read-archive.ts";
import { archiveOf, inPieces, MEANS, type PackedArchive, packed, sent, tarOf } from "../../../fixtures/archives.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";

async function read(archive: PackedArchive, said = archive) {
  const taken: [string, string | undefined, boolean][] = [];
  const take = async ({ path, kind, isExecutable, content }: ArchiveEntry) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(piece);
    taken.push([path, kind === "file" ? Buffer.concat(pieces).toString() : undefined, isExecutable]);
  };
  return { answer: await readArchive(inPieces(archive.content), { said, means: MEANS, take }), taken };
}

const refusedFor = (problem: object) => ({ ok: false, problem });

/** The first header of an archive changed, with its sum made right again. */
function withHeader(tar: Buffer, change: (header: Buffer) => void): Buffer {
  const changed = Buffer.from(tar);
  const header = changed.subarray(0, 512);
  change(header);
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return changed;
}

describe("an archive is read", () => {
  test("with its files and folders in their order, whole and as they were", async () => {
    const long = `${"ä".repeat(60)}/${"b".repeat(120)}.txt`;
    const big = "0123456789".repeat(3_000);

    const { answer, taken } = await read(await archiveOf({ "src/": "", "src/a.js": big, [long]: "x", "run.sh": "" }));

    expect(answer).toEqual({ ok: true, value: { unpackedBytes: 30_001, entryCount: 4 } });
    expect(taken).toEqual([
      ["src", undefined, true],
      ["src/a.js", big, false],
      [long, "x", false],
      ["run.sh", "", true],
    ]);
  });

  test("also where nobody takes what is in it", async () => {
    const archive = await archiveOf({ "a.js": "text", "b.js": "more" });

    const answer = await readArchive(inPieces(archive.content), { said: archive, means: MEANS });

    expect(answer).toEqual({ ok: true, value: { unpackedBytes: 8, entryCount: 2 } });
  });

  test.each(["gnu", "pax", "ustar"])("as GNU tar writes it in the format %s", async (format) => {
    const folder = await testFolder();
    const deep = "deep/".repeat(12);
    mkdirSync(join(folder, deep), { recursive: true });
    writeFileSync(join(folder, deep, `${"n".repeat(90)}.txt`), "long", { mode: 0o755 });
    const name = format === "ustar" ? "plain.txt" : "grüße.txt";
    writeFileSync(join(folder, name), "hello");
    const content = execFileSync("tar", [`--format=${format}`, "--sort=name", "-czf", "-", "-C", folder, "."]);

    const { answer, taken } = await read(sent(content));

    expect(answer.ok).toBe(true);
    expect(taken).toContainEqual([`${deep}${"n".repeat(90)}.txt`, "long", true]);
    expect(taken).toContainEqual([name, "hello", false]);
  });

  test("as GNU tar unpacks what is written here", async () => {
    const folder = await testFolder();
    const long = `${"ü".repeat(70)}/${"b".repeat(200)}`;
    const archive = await archiveOf({ "src/": "", [long]: "long", "a.js": "x" });

    execFileSync("tar", ["-xzf", "-", "-C", folder], { input: archive.content });

    expect(execFileSync("cat", [join(folder, long), join(folder, "a.js")]).toString()).toBe("longx");
  });
});

describe("an archive is refused", () => {
  test("that has another length or hash than was said", async () => {
    const archive = await archiveOf({ "a.js": "x" });
    const other = await archiveOf({ "a.js": "y" });

    const differs = refusedFor({ reason: "archive_differs" });
    expect((await read(archive, { ...archive, sha256: other.sha256 })).answer).toEqual(differs);
    expect((await read(archive, { ...archive, bytes: archive.bytes + 1 })).answer).toEqual(differs);
  });

  test.each<[string, (tar: Buffer) => Buffer]>([
    ["that is no gzip", (tar) => tar],
    ["that is torn off", (tar) => gzipSync(tar).subarray(0, -30)],
    ["that is no tar", () => gzipSync(Buffer.alloc(2_048, "no archive "))],
    ["that has nothing in it, not even an end", () => gzipSync("")],
    ["that ends in a file", (tar) => gzipSync(tar.subarray(0, 700))],
    ["that has no end", (tar) => gzipSync(tar.subarray(0, 1_024))],
    ["that goes on after its end", (tar) => gzipSync(Buffer.concat([tar, tar]))],
    ["with something behind its gzip", (tar) => Buffer.concat([gzipSync(tar), Buffer.alloc(90_000, "x")])],
    ["whose header's sum is wrong", (tar) => gzipSync(Buffer.from(tar).fill("b", 0, 1))],
    ["whose length is binary", (tar) => gzipSync(withHeader(tar, (header) => header.fill(0x80, 124, 125)))],
    ["with a folder that has content", (tar) => gzipSync(withHeader(tar, (header) => header.write("5", 156)))],
    ["with a name that is no UTF-8", (tar) => gzipSync(withHeader(tar, (header) => header.fill(0xff, 0, 1)))],
    [
      "with two long names for one file",
      (tar) => gzipSync(Buffer.concat([extension("path=../x"), extension("path=y"), tar])),
    ],
    ["with a long name for nothing", (tar) => gzipSync(Buffer.concat([extension("path=x"), tar.subarray(1_024)]))],
    ["that overrides a length", (tar) => gzipSync(Buffer.concat([extension("size=0"), tar]))],
    ["that has a sparse file", (tar) => gzipSync(Buffer.concat([extension("GNU.sparse.major=1"), tar]))],
    ["that names all its files at once", (tar) => gzipSync(Buffer.concat([extension("path=../x", "g"), tar]))],
    ["with an extension that can't be read", (tar) => gzipSync(Buffer.concat([extension("path=x", "x", 20), tar]))],
  ])("%s", async (_name, spoilt) => {
    const { answer } = await read(sent(spoilt(await tarOf({ "a.js": "x".repeat(300) }))));

    expect(answer).toMatchObject(refusedFor({ reason: "archive_malformed", detail: expect.any(String) }));
  });

  test.each([
    ["../a.js", "path_outside"],
    ["src/../../a.js", "path_outside"],
    ["/etc/passwd", "path_outside"],
    ["src\\a.js", "path_outside"],
    ["a\u001b.js", "path_outside"],
    [".", "path_outside"],
  ])("with the path %s: %s", async (path, detail) => {
    const { answer, taken } = await read(await archiveOf({ [path]: "" }));

    expect(answer).toMatchObject(refusedFor({ reason: "archive_entry_refused", detail }));
    expect(taken).toEqual([]);
  });

  test.each([
    ["a name", "a".repeat(ARCHIVE_NAME_BYTES_MAX + 1)],
    ["a path", `${"abc/".repeat(ARCHIVE_PATH_BYTES_MAX / 4)}x`],
  ])("with %s that is too long, by a byte", async (_what, path) => {
    expect((await read(await archiveOf({ [path.slice(1)]: "" }))).answer.ok).toBe(true);
    expect((await read(await archiveOf({ [path]: "" }))).answer).toMatchObject(
      refusedFor({ reason: "archive_entry_refused", detail: "path_too_long" }),
    );
  });

  test.each([
    ["1", "link"],
    ["2", "link"],
    ["K", "link"],
    ["3", "special"],
    ["6", "special"],
    ["S", "special"],
  ])("with an entry of the type %s: %s", async (type, detail) => {
    const tar = withHeader(await tarOf({ "a.js": "" }), (header) => header.write(type, 156));

    const { answer } = await read(packed(tar));

    expect(answer).toMatchObject(refusedFor({ reason: "archive_entry_refused", path: "a.js", detail }));
  });

  test("with a link, as GNU tar archives one", async () => {
    const folder = await testFolder();
    symlinkSync("/etc/passwd", join(folder, "users"));
    const { answer } = await read(sent(execFileSync("tar", ["-czf", "-", "-C", folder, "."])));

    expect(answer).toEqual(refusedFor({ reason: "archive_entry_refused", path: "./users", detail: "link" }));
  });

  test.each([[{ "a.js": "", "./a.js": "" }], [{ a: "", "a/b": "" }], [{ "a/b": "", a: "" }], [{ a: "", "a/": "" }]])(
    "with two things in one place: %j",
    async (files) => {
      expect((await read(await archiveOf(files))).answer).toMatchObject(
        refusedFor({ reason: "archive_entry_refused", detail: "twice" }),
      );
    },
  );

  test("with more entries than it may have, and not with as many", async () => {
    const names = Array.from({ length: ARCHIVE_ENTRIES_MAX }, (_, index) => [`f${index}`, ""]);
    const full = await archiveOf(Object.fromEntries(names));
    const over = await archiveOf({ ...Object.fromEntries(names), one: "" });

    expect((await read(full)).answer).toMatchObject({ ok: true, value: { entryCount: ARCHIVE_ENTRIES_MAX } });
    expect((await read(over)).answer).toEqual(
      refusedFor({ reason: "archive_too_large", what: "entries", max: ARCHIVE_ENTRIES_MAX }),
    );
  });

  test("with more folders than there may be, though it names none of them", async () => {
    const deepOf = (index: number) => `${index}/${"d/".repeat(299)}x`;
    const names = Array.from({ length: Math.ceil(ARCHIVE_ENTRIES_MAX / 300) }, (_, index) => [deepOf(index), ""]);

    expect((await read(await archiveOf(Object.fromEntries(names)))).answer).toEqual(
      refusedFor({ reason: "archive_too_large", what: "entries", max: ARCHIVE_ENTRIES_MAX }),
    );
  });

  test("that would become more than it may be, before all of it is unzipped", async () => {
    const tar = withHeader(await tarOf({ a: "" }), (header) =>
      header.write(`${ARCHIVE_UNPACKED_BYTES_MAX.toString(8).padStart(11, "0")}\0`, 124),
    );
    const archive = packed(Buffer.concat([tar.subarray(0, 512), Buffer.alloc(ARCHIVE_UNPACKED_BYTES_MAX + 1_024)]));

    expect(archive.bytes).toBeLessThan(1_000_000);
    expect((await read(archive)).answer).toEqual(
      refusedFor({ reason: "archive_too_large", what: "bytes", max: ARCHIVE_UNPACKED_BYTES_MAX }),
    );
  }, 30_000);
});

/** An extended header of pax with one record. */
function extension(record: string, type = "x", saidBytes = record.length + 4): Buffer {
  const text = `${saidBytes} ${record}\n`;
  const body = Buffer.alloc(512);
  body.write(text);
  const header = Buffer.alloc(512);
  header.write("pax", 0);
  header.write("0000644\0", 100);
  header.write(`${text.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write(type, 156);
  return Buffer.concat([withHeader(header, () => undefined), body]);
}
