/** What passes between a process and the thread that writes one of its SQLite files. */

export interface WriterTask {
  readonly file: string;
  readonly store: "table" | "queue";
  /** What a commit is waited for: to be on the disk, or to be the system's, where it outlives the process. */
  readonly committed: "to disk" | "to system";
}

export type WriterRequest<Write> = readonly Write[] | "close";

/** One answer for each write, after their common commit; or why none of them happened. */
export type WriterReply<Answer> = { readonly answers: readonly Answer[] } | { readonly fault: unknown };

export function isWriterTask(raw: unknown): raw is WriterTask {
  return (
    typeof raw === "object" &&
    raw !== null &&
    "file" in raw &&
    typeof raw.file === "string" &&
    "store" in raw &&
    (raw.store === "table" || raw.store === "queue") &&
    "committed" in raw &&
    (raw.committed === "to disk" || raw.committed === "to system")
  );
}
