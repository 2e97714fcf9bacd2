import type { Blob } from "../layers/core/ports/blob.ts";

/** A function that only wakes jobs wants to read or keep something of theirs. It has no right to. */
export class BlobUnreachable extends Error {
  readonly code = "blob_unreachable";
  constructor() {
    super("this function wakes jobs, and has nothing to do with what they take and give");
    this.name = "BlobUnreachable";
  }
}

/** For those who wake jobs: their records and the queue are all that it takes. */
export const NO_BLOB: Blob = {
  put: refuse,
  get: refuse,
  head: refuse,
  delete: refuse,
  list: refuse,
  startUpload: refuse,
  putPart: refuse,
  finishUpload: refuse,
  abortUpload: refuse,
};

function refuse(): never {
  throw new BlobUnreachable();
}
