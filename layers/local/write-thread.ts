import { Worker } from "node:worker_threads";
import type { WriterReply, WriterRequest, WriterTask } from "./writer-messages.ts";

/**
 * Where the writer's entry point lies: beside this module, as TypeScript in the source tree and as JavaScript in a
 * bundle. A build therefore emits `layers/local/sqlite-writer.ts` as the entry `sqlite-writer.js` in the folder of the
 * chunk that holds this module.
 */
export function sqliteWriterUrl(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./sqlite-writer.ts" : "./sqlite-writer.js", import.meta.url);
}

/** More writes than these at once wait for no disk: something upstream has lost its bound. */
export const WRITES_WAITING_MAX = 10_000;
/** Bounds how long the lock is held against other processes. */
export const WRITES_PER_COMMIT_MAX = 500;

export class WritesExhausted extends Error {
  readonly code = "writes_exhausted";
  constructor() {
    super(`${WRITES_WAITING_MAX} writes are waiting already`);
    this.name = "WritesExhausted";
  }
}

/** The store was closed, or its writing thread ended. */
export class WriterGone extends Error {
  readonly code = "writer_gone";
  constructor(options?: ErrorOptions) {
    super("the thread that writes the file is gone", options);
    this.name = "WriterGone";
  }
}

export interface WriteThread<Write, Answer> {
  /**
   * Answers after the commit that holds the write. Rejects when there was none, and then nobody knows (as when the
   * thread dies) or nothing was written (SQLite's own error).
   */
  write(write: Write): Promise<Answer>;
  /** Starts the thread ahead of the first write, which else waits for it. */
  warm(): void;
  /** Commits what was accepted, then ends the thread. Writes from here on are rejected. */
  close(): Promise<void>;
}

interface Waiting<Write, Answer> {
  readonly write: Write;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (fault: unknown) => void;
}

/**
 * Group commit: one batch is on its way to the disk while the next one gathers, so that a thousand callers share a few
 * `fsync`s and none of them blocks the thread that serves. The writing thread starts with the first write or with
 * `warm`, ends with `close`, and never keeps a process alive that has nothing to write.
 */
export function writeThread<Write, Answer>(options: {
  readonly task: WriterTask;
  readonly entry: URL;
}): WriteThread<Write, Answer> {
  const waiting: Waiting<Write, Answer>[] = [];
  let inFlight: readonly Waiting<Write, Answer>[] = [];
  let worker: Worker | undefined;
  let closing: (() => void) | undefined;
  let closed: Promise<void> | undefined;

  return {
    write: (write) =>
      new Promise<Answer>((resolve, reject) => {
        if (closed !== undefined) return reject(new WriterGone());
        if (waiting.length >= WRITES_WAITING_MAX) return reject(new WritesExhausted());
        waiting.push({ write, resolve, reject });
        // What one turn of the event loop asks for goes in one commit.
        if (waiting.length === 1 && inFlight.length === 0) setImmediate(send);
      }),
    warm() {
      if (closed !== undefined || worker !== undefined) return;
      worker = start();
      worker.unref();
    },
    close() {
      closed ??= new Promise<void>((resolve) => {
        closing = resolve;
        if (inFlight.length === 0) send();
      });
      return closed;
    },
  };

  function send(): void {
    if (inFlight.length > 0) return;
    if (waiting.length === 0) {
      rest();
      return;
    }
    inFlight = waiting.splice(0, WRITES_PER_COMMIT_MAX);
    worker ??= start();
    post(
      worker,
      inFlight.map(({ write }) => write),
    );
  }

  function rest(): void {
    if (closing === undefined) worker?.unref();
    else if (worker === undefined) closing();
    else post(worker, "close");
  }

  function start(): Worker {
    // The flags of the process, as `--input-type`, are meant for its own entry point.
    const started = new Worker(options.entry, { workerData: options.task, name: "sqlite-writer", execArgv: [] });
    let cause: unknown;
    started.on("message", settle);
    started.on("error", (error) => {
      cause = error;
    });
    started.once("exit", () => {
      worker = undefined;
      settle({ fault: new WriterGone({ cause }) });
    });
    return started;
  }

  function settle(reply: WriterReply<Answer>): void {
    const settled = inFlight;
    inFlight = [];
    settled.forEach((each, index) => {
      const answer = "answers" in reply ? reply.answers[index] : undefined;
      if (answer === undefined) each.reject("fault" in reply ? reply.fault : new WriterGone());
      else each.resolve(answer);
    });
    send();
  }

  function post(to: Worker, request: WriterRequest<Write>): void {
    to.ref();
    to.postMessage(request);
  }
}
