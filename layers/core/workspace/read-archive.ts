import { ok, type Result, refused } from "../result.ts";
import { type ArchiveProblem, ArchiveRefused, type EntryFlaw, malformed } from "./archive-problem.ts";
import {
  ARCHIVE_ENTRIES_MAX,
  ARCHIVE_NAME_BYTES_MAX,
  ARCHIVE_PATH_BYTES_MAX,
  ARCHIVE_UNPACKED_BYTES_MAX,
} from "./limits.ts";
import { readTar, type TarEntry } from "./tar-reader.ts";

/** What is said of an archive before anybody has it. */
export interface ArchiveSaid {
  readonly bytes: number;
  /** SHA-256 in 64 small hexadecimal digits. */
  readonly sha256: string;
}

/** What an archive turned out to hold. */
export interface ArchiveFacts {
  /** Of its files. */
  readonly unpackedBytes: number;
  /** Files and folders. */
  readonly entryCount: number;
}

/** A file or a folder that may be made: its path lies below the workspace, has no link in it, and comes once. */
export interface ArchiveEntry {
  readonly path: string;
  readonly kind: "file" | "folder";
  readonly isExecutable: boolean;
  readonly content: AsyncIterable<Uint8Array>;
}

/** A SHA-256 of bytes that come one after the other. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  /** In small hexadecimal digits. Once. */
  end(): string;
}

/** What the machine has to read an archive with. */
export interface ArchiveMeans {
  readonly newHash: () => RunningHash;
  /** @throws {ArchiveRefused} of what is no gzip. Reads all that it is given. */
  readonly unzip: (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
}

/**
 * Reads an archive to its end: whether it is the one that was said, and all in it may be. `take` is given each file and
 * folder as it comes; what it makes of them counts only where the answer is one.
 */
export async function readArchive(
  body: AsyncIterable<Uint8Array>,
  { said, means, take }: { readonly said: ArchiveSaid; readonly means: ArchiveMeans; readonly take?: TakeEntry },
): Promise<Result<ArchiveFacts, ArchiveProblem>> {
  const rules = new EntryRules();
  try {
    const whole = new WholeBody(body, said, means.newHash());
    for await (const entry of readTar(bounded(means.unzip(whole)))) {
      const checked = rules.checked(entry);
      if (checked !== undefined) await take?.(checked);
    }
    if (!whole.isRead) throw malformed("it goes on after its end");
    return ok(rules.facts);
  } catch (refusal) {
    if (!(refusal instanceof ArchiveRefused)) throw refusal;
    return refused(refusal.problem);
  }
}

export type TakeEntry = (entry: ArchiveEntry) => Promise<void>;

/** The body as it was said to be, or a refusal at its end. */
class WholeBody implements AsyncIterable<Uint8Array> {
  isRead = false;
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #said: ArchiveSaid;
  readonly #hash: RunningHash;

  constructor(body: AsyncIterable<Uint8Array>, said: ArchiveSaid, hash: RunningHash) {
    this.#body = body;
    this.#said = said;
    this.#hash = hash;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of this.#body) {
      bytes += chunk.byteLength;
      this.#hash.update(chunk);
      yield chunk;
    }
    const isSame = bytes === this.#said.bytes && this.#hash.end() === this.#said.sha256;
    if (!isSame) throw new ArchiveRefused({ reason: "archive_differs" });
    this.isRead = true;
  }
}

/** So that a few bytes do not become a disk full. Headers and what fills blocks count as well. */
async function* bounded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let leftBytes = ARCHIVE_UNPACKED_BYTES_MAX;
  for await (const chunk of bytes) {
    leftBytes -= chunk.byteLength;
    if (leftBytes < 0) {
      throw new ArchiveRefused({ reason: "archive_too_large", what: "bytes", max: ARCHIVE_UNPACKED_BYTES_MAX });
    }
    yield chunk;
  }
}

/** What may be in an archive, judged entry by entry. */
class EntryRules {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  #unpackedBytes = 0;
  #entryCount = 0;

  get facts(): ArchiveFacts {
    return { unpackedBytes: this.#unpackedBytes, entryCount: this.#entryCount };
  }

  /**
   * Undefined for the workspace's own folder, which is there.
   *
   * @throws {ArchiveRefused}
   */
  checked({ path, kind, bytes, isExecutable, content }: TarEntry): ArchiveEntry | undefined {
    const parts = partsOf(path);
    const flaw = flawOf(path, parts) ?? (kind === "link" || kind === "special" ? kind : undefined);
    if (flaw !== undefined) throw refusedEntry(path, flaw);
    if (kind !== "file" && kind !== "folder") return undefined;
    this.#count(bytes);
    if (parts.length === 0) {
      if (kind === "file") throw refusedEntry(path, "path_outside");
      return undefined;
    }
    const name = parts.join("/");
    if (!this.#place(parts, kind)) throw refusedEntry(path, "twice");
    return { path: name, kind, isExecutable, content };
  }

  #count(bytes: number): void {
    this.#entryCount += 1;
    this.#unpackedBytes += bytes;
    requireFew(this.#entryCount);
  }

  /** Whether there is a place for it: no file stands there, or on the way. Folders on the way are made, and so they count. */
  #place(parts: readonly string[], kind: "file" | "folder"): boolean {
    for (let depth = 1; depth < parts.length; depth++) {
      const above = parts.slice(0, depth).join("/");
      if (this.#files.has(above)) return false;
      this.#folders.add(above);
    }
    const name = parts.join("/");
    if (this.#files.has(name) || (kind === "file" && this.#folders.has(name))) return false;
    (kind === "file" ? this.#files : this.#folders).add(name);
    requireFew(this.#files.size + this.#folders.size);
    return true;
  }
}

function requireFew(count: number): void {
  if (count <= ARCHIVE_ENTRIES_MAX) return;
  throw new ArchiveRefused({ reason: "archive_too_large", what: "entries", max: ARCHIVE_ENTRIES_MAX });
}

const partsOf = (path: string): readonly string[] => path.split("/").filter((part) => part !== "" && part !== ".");

const encoder = new TextEncoder();
const bytesOf = (text: string): number => encoder.encode(text).byteLength;
/** Signs that no name needs: those that steer terminals, and what parts paths elsewhere. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ODD_SIGNS = /[\u0000-\u001f\u007f\\]/;

function flawOf(path: string, parts: readonly string[]): EntryFlaw | undefined {
  if (path.startsWith("/") || path === "" || parts.includes("..") || ODD_SIGNS.test(path)) return "path_outside";
  const isLong = bytesOf(path) > ARCHIVE_PATH_BYTES_MAX || parts.some((part) => bytesOf(part) > ARCHIVE_NAME_BYTES_MAX);
  return isLong ? "path_too_long" : undefined;
}

const refusedEntry = (path: string, detail: EntryFlaw): ArchiveRefused =>
  new ArchiveRefused({ reason: "archive_entry_refused", path: path.slice(0, ARCHIVE_PATH_BYTES_MAX), detail });
