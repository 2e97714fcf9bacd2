import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ArchiveRefused } from "../../core/workspace/archive-problem.ts";
import type { TakeEntry } from "../../core/workspace/read-archive.ts";
import { faultCode } from "../../http/fault-reply.ts";

/** As programs make them; what else may read them, the folder that all of them lie in says. */
const FILE_MODE = 0o644;
const PROGRAM_MODE = 0o755;

/**
 * Makes each entry below a folder that is there and empty. A file's content is on the disk before the next one is taken;
 * a path is never followed through a link, since none is ever made here.
 */
export function unpackInto(folder: string): TakeEntry {
  const made = new Set<string>([folder]);
  async function makeFolder(path: string): Promise<void> {
    if (made.has(path)) return;
    await mkdir(path, { recursive: true });
    made.add(path);
  }
  return async ({ path, kind, isExecutable, content }) => {
    const place = join(folder, path);
    if (kind === "folder") return makeFolder(place);
    await makeFolder(dirname(place));
    const file = await openNew(place, { path, mode: isExecutable ? PROGRAM_MODE : FILE_MODE });
    try {
      await file.writeFile(content);
      await file.datasync();
    } finally {
      await file.close();
    }
  };
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
