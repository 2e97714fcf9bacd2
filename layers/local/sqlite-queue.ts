import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { DeadMessage, Message, Queue } from "../core/ports/queue.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import { ok } from "../core/result.ts";
import { checkCount, checkReceive, checkSend, checkVisibility } from "../core/store/message-rules.ts";
import { parseTenantId, type TenantId } from "../core/tenant/tenant-id.ts";
import { type QueueBell, queueBell } from "./queue-bell.ts";
import { QUEUE_FORMAT, type QueueAnswer, type QueueWrite, type StoredMessage } from "./queue-file.ts";
import { SELECT_DUE } from "./queue-turns.ts";
import { numberOf, openSqliteFile, RowUnreadable, textOf } from "./sqlite-file.ts";
import { sqliteWriterUrl, writeThread } from "./write-thread.ts";

export interface SqliteQueue extends Queue {
  /** Finishes the changes accepted so far; those that come later fault. */
  close(): Promise<void>;
}

export interface SqliteQueueOptions {
  /** Made, with its folder, where there is none. Several processes may share it. */
  readonly file: string;
  readonly clock: Clock;
  readonly chance: Chance;
  /** A message received this often and not completed becomes a dead letter. At least 1. */
  readonly receivesMax: number;
  /**
   * Where what is acknowledged lies. `to disk` also outlives a power cut; `to system` outlives the process, whatever becomes
   * of it, and is for messages that somebody else would send again.
   *
   * @default to disk
   */
  readonly committed?: "to disk" | "to system";
  /** The writer thread's entry point. */
  readonly writer?: URL;
}

/** How long a waiting receiver may miss what a process has sent that was killed before it could ring. */
export const QUEUE_POLL_MS = 1_000;

/**
 * A queue in one SQLite file. Tenants are served in turns, whoever was served longest ago first, and those whom SQS
 * would call noisy after all others. A message once acknowledged survives kill -9. A waiting receiver, in whichever
 * process, is woken by what is sent and by what becomes visible.
 *
 * @throws {StoreFault} when the file can't be opened, or is of another kind or a newer version (see its `cause`).
 */
export async function sqliteQueue(options: SqliteQueueOptions): Promise<SqliteQueue> {
  const { clock, chance, file } = options;
  const reader = queueReader(file);
  const thread = writeThread<QueueWrite, QueueAnswer>({
    task: { file, store: "queue", committed: options.committed ?? "to disk" },
    entry: options.writer ?? sqliteWriterUrl(),
  });
  const change = async (operation: string, write: QueueWrite): Promise<QueueAnswer> => {
    try {
      return await thread.write(write);
    } catch (cause) {
      throw new StoreFault("queue", operation, { cause });
    }
  };
  const bell = faulty("open", () => queueBell(`${file}-bell`, clock));

  return {
    ...receiving(options, { reader, change, bell }),
    async send(tenantId, message) {
      const checked = checkSend(message);
      if (!checked.ok) return checked;
      const id = chance.uuid();
      const nowMs = clock.nowMs();
      const visibleAtMs = nowMs + (message.delaySeconds ?? 0) * 1000;
      await change("send", { kind: "send", id, tenant: tenantId, body: message.body, visibleAtMs, nowMs });
      bell.ring();
      return ok({ id });
    },
    async deadLetters(max) {
      checkCount(max);
      return reader.deadLetters(max);
    },
    async redrive(receipt) {
      await change("redrive", { kind: "redrive", id: receipt, nowMs: clock.nowMs() });
      bell.ring();
    },
    async close() {
      bell.close();
      reader.close();
      await thread.close();
    },
  };
}

function receiving(
  { clock, chance, receivesMax }: SqliteQueueOptions,
  queue: {
    reader: QueueReader;
    change: (operation: string, write: QueueWrite) => Promise<QueueAnswer>;
    bell: QueueBell;
  },
): Pick<Queue, "receive" | "complete" | "extend"> {
  /** Asks the disk for nothing where nothing waits. */
  const take = async (max: number, visibilitySeconds: number): Promise<readonly Message[]> => {
    const nowMs = clock.nowMs();
    if (queue.reader.dueAtMs() > nowMs) return [];
    const visibleAtMs = nowMs + visibilitySeconds * 1000;
    const write = { kind: "receive", max, nonce: chance.uuid(), visibleAtMs, nowMs, receivesMax } as const;
    const answer = await queue.change("receive", write);
    return answer.kind === "received" ? answer.messages.map(messageOf) : [];
  };
  return {
    async receive({ max, visibilitySeconds, waitSeconds, signal }) {
      checkReceive({ max, visibilitySeconds, waitSeconds });
      const untilMs = clock.nowMs() + waitSeconds * 1000;
      for (;;) {
        const received = await take(max, visibilitySeconds);
        const leftMs = untilMs - clock.nowMs();
        if (received.length > 0 || leftMs <= 0 || signal?.aborted === true) return received;
        // Looked up in the same turn of the loop that begins to listen: what comes later rings.
        const dueInMs = queue.reader.dueAtMs() - clock.nowMs();
        if (dueInMs > 0) await queue.bell.heard(Math.min(leftMs, dueInMs, QUEUE_POLL_MS), signal);
      }
    },
    async complete(receipt) {
      await queue.change("complete", { kind: "complete", receipt, nowMs: clock.nowMs() });
    },
    async extend(receipt, visibilitySeconds) {
      checkVisibility(visibilitySeconds);
      const nowMs = clock.nowMs();
      const visibleAtMs = nowMs + visibilitySeconds * 1000;
      await queue.change("extend", { kind: "extend", receipt, visibleAtMs, nowMs });
      queue.bell.ring();
    },
  };
}

interface QueueReader {
  /** When the first message of anyone is to be had, or earlier; infinitely late where there is none. */
  dueAtMs(): number;
  deadLetters(max: number): readonly DeadMessage[];
  close(): void;
}

function queueReader(file: string): QueueReader {
  return faulty("open", () => {
    const database = openSqliteFile(file, QUEUE_FORMAT);
    database.exec("PRAGMA query_only = ON");
    const due = database.prepare(SELECT_DUE);
    const dead = database.prepare("SELECT id, tenant, body FROM messages WHERE dead = 1 ORDER BY number LIMIT ?");
    return {
      dueAtMs: () => faulty("receive", () => numberOf(due.get()?.due ?? Number.POSITIVE_INFINITY)),
      deadLetters: (max) =>
        faulty("read dead letters", () =>
          dead.all(max).map(({ id, tenant, body }) => {
            const receipt = textOf(id);
            return { id: receipt, tenantId: tenantOf(textOf(tenant)), body: textOf(body), receipt };
          }),
        ),
      close: () => {
        if (database.isOpen) database.close();
      },
    };
  });
}

function messageOf({ tenant, ...message }: StoredMessage): Message {
  return { ...message, tenantId: tenantOf(tenant) };
}

function tenantOf(stored: string): TenantId {
  const parsed = parseTenantId(stored);
  if (!parsed.ok) throw new StoreFault("queue", "read a tenant", { cause: new RowUnreadable() });
  return parsed.value;
}

function faulty<T>(operation: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new StoreFault("queue", operation, { cause });
  }
}
