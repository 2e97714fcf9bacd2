import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { inParallel } from "../../core/in-parallel.ts";
import { ArchiveRefused } from "../../core/workspace/archive-problem.ts";
import type { TakeEntry } from "../../core/workspace/read-archive.ts";
import { faultCode } from "../../http/fault-reply.ts";
import { SYNCS_AT_ONCE } from "./limits.ts";

/** As programs make them; what else may read them, the folder that all of them lie in says. */
const FILE_MODE = 0o644;
const PROGRAM_MODE = 0o755;

export interface Unpacking {
  /** Makes an entry. A path is never followed through a link, since none is ever made here. */
  readonly take: TakeEntry;
  /** Resolves once all that was made is on the disk. */
  sync(): Promise<void>;
}

/** Makes entries below a folder that is there and empty. */
export function unpackInto(folder: string): Unpacking {
  const folders = new Set<string>([folder]);
  const files: string[] = [];
  async function makeFolder(path: string): Promise<void> {
    for (let above = path; !folders.has(above); above = dirname(above)) folders.add(above);
    await mkdir(path, { recursive: true });
  }
  return {
    async take({ path, kind, isExecutable, content }) {
      const place = join(folder, path);
      await makeFolder(kind === "folder" ? place : dirname(place));
      if (kind === "folder") return;
      const file = await openNew(place, { path, mode: isExecutable ? PROGRAM_MODE : FILE_MODE });
      try {
        await file.writeFile(content);
      } finally {
        await file.close();
      }
      files.push(place);
    },
    // All of them together: the first has the disk write most of the others as well.
    async sync() {
      await inParallel([...files, ...folders], { parallelMax: SYNCS_AT_ONCE }, syncPath);
    },
  };
}

/** A file's content, or the names in a folder. */
export async function syncPath(path: string): Promise<void> {
  const opened = await open(path, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

/** Where capitals and small letters are one to the disk, two names may be one file. */
async function openNew(
  place: string,
  { path, mode }: { readonly path: string; readonly mode: number },
): Promise<FileHandle> {
  try {
    return await open(place, "wx", mode);
  } catch (error) {
    if (faultCode(error) !== "EEXIST") throw error;
    throw new ArchiveRefused({ reason: "archive_entry_refused", path, detail: "twice" });
  }
}
