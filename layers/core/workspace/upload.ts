import * as z from "zod";
import type { Item } from "../ports/table.ts";
import type { ArchiveSaid } from "./read-archive.ts";
import type { UploadRef } from "./uploaded-name.ts";

/**
 * `offered` until somebody accepts it or its time is over, which it then is by itself; `admitted` once its archive is a
 * workspace, until it is dropped. Which upload is a project's workspace, the project itself says.
 */
export type Upload = UploadRef &
  ArchiveSaid & {
    /** Where the archive lies. */
    readonly region: string;
    readonly offeredAtEpochMs: number;
  } & ({ readonly state: "offered" } | { readonly state: "admitted"; readonly admittedAtEpochMs: number });

/** What lies under an upload's key is none. */
export class UploadCorrupt extends Error {
  readonly code = "upload_corrupt";
  constructor(sk: string, options: { cause: unknown }) {
    super(`the stored upload ${sk} can't be read`, options);
    this.name = "UploadCorrupt";
  }
}

function makeSchema() {
  const shared = {
    projectId: z.string(),
    uploadId: z.string(),
    bytes: z.int().min(1),
    sha256: z.string(),
    region: z.string(),
    offeredAtEpochMs: z.int().min(0),
  };
  return z.discriminatedUnion("state", [
    z.object({ ...shared, state: z.literal("offered") }),
    z.object({ ...shared, state: z.literal("admitted"), admittedAtEpochMs: z.int().min(0) }),
  ]);
}

let schema: ReturnType<typeof makeSchema> | undefined;

/** @throws {UploadCorrupt} */
export function readUpload(item: Item): Upload {
  schema ??= makeSchema();
  const read = schema.safeParse(item);
  if (!read.success) throw new UploadCorrupt(item.sk, { cause: read.error });
  return read.data;
}
