import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { DeadMessage, Message, Queue } from "../core/ports/queue.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import { ok } from "../core/result.ts";
import { checkCount, checkReceive, checkSend, checkVisibility } from "../core/store/message-rules.ts";
import { parseTenantId, type TenantId } from "../core/tenant/tenant-id.ts";
import { parseReadyRow, QUEUE_FORMAT, type QueueAnswer, type QueueWrite, type StoredMessage } from "./queue-file.ts";
import { openSqliteFile, RowUnreadable } from "./sqlite-file.ts";
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
  /** The writer thread's entry point. */
  readonly writer?: URL;
}

/** How soon a waiting receiver sees what another process has sent, or what has become visible. */
export const QUEUE_POLL_MS = 50;

/**
 * A queue in one SQLite file. Tenants are served in turns, whoever was served longest ago first, and those whom SQS
 * would call noisy after all others. A message once acknowledged survives kill -9.
 *
 * @throws {StoreFault} when the file can't be opened, or is of another kind or a newer version (see its `cause`).
 */
export async function sqliteQueue(options: SqliteQueueOptions): Promise<SqliteQueue> {
  const { clock, chance, file } = options;
  const reader = queueReader(file);
  const thread = writeThread<QueueWrite, QueueAnswer>({
    task: { file, store: "queue" },
    entry: options.writer ?? sqliteWriterUrl(),
  });
  const change = async (operation: string, write: QueueWrite): Promise<QueueAnswer> => {
    try {
      return await thread.write(write);
    } catch (cause) {
      throw new StoreFault("queue", operation, { cause });
    }
  };
  const bell = doorbell(clock);

  return {
    ...receiving(options, { reader, change, bell }),
    async send(tenantId, message) {
      const checked = checkSend(message);
      if (!checked.ok) return checked;
      const id = chance.uuid();
      const visibleAtMs = clock.nowMs() + (message.delaySeconds ?? 0) * 1000;
      await change("send", { kind: "send", id, tenant: tenantId, body: message.body, visibleAtMs });
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
      bell.ring();
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
    bell: Doorbell;
  },
): Pick<Queue, "receive" | "complete" | "extend"> {
  /** Asks the disk for nothing where nothing waits. */
  const take = async (max: number, visibilitySeconds: number): Promise<readonly Message[]> => {
    const nowMs = clock.nowMs();
    if (!queue.reader.hasReady(nowMs)) return [];
    const receipts = Array.from({ length: max }, () => chance.uuid());
    const visibleAtMs = nowMs + visibilitySeconds * 1000;
    const answer = await queue.change("receive", { kind: "receive", receipts, visibleAtMs, nowMs, receivesMax });
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
        await queue.bell.heard(Math.min(leftMs, QUEUE_POLL_MS), signal);
      }
    },
    async complete(receipt) {
      await queue.change("complete", { kind: "complete", receipt });
    },
    async extend(receipt, visibilitySeconds) {
      checkVisibility(visibilitySeconds);
      const nowMs = clock.nowMs();
      const visibleAtMs = nowMs + visibilitySeconds * 1000;
      await queue.change("extend", { kind: "extend", receipt, visibleAtMs, nowMs });
    },
  };
}

/** Wakes the receivers of this process, so that what it sends itself waits for no poll. */
interface Doorbell {
  ring(): void;
  /** Resolves at the next ring, after `durationMs`, or when `signal` is aborted. */
  heard(durationMs: number, signal: AbortSignal | undefined): Promise<void>;
}

function doorbell(clock: Clock): Doorbell {
  let rung = new AbortController();
  return {
    ring() {
      rung.abort();
      rung = new AbortController();
    },
    heard: (durationMs, signal) =>
      clock.sleep(durationMs, signal === undefined ? rung.signal : AbortSignal.any([rung.signal, signal])),
  };
}

interface QueueReader {
  hasReady(nowMs: number): boolean;
  deadLetters(max: number): readonly DeadMessage[];
  close(): void;
}

function queueReader(file: string): QueueReader {
  return faulty("open", () => {
    const database = openSqliteFile(file, QUEUE_FORMAT);
    database.exec("PRAGMA query_only = ON");
    const ready = database.prepare("SELECT 1 FROM messages WHERE dead = 0 AND visible_at_ms <= ? LIMIT 1");
    const dead = database.prepare(
      "SELECT id, tenant, body, attempt FROM messages WHERE dead = 1 ORDER BY rowid LIMIT ?",
    );
    return {
      hasReady: (nowMs) => faulty("receive", () => ready.get(nowMs) !== undefined),
      deadLetters: (max) =>
        faulty("read dead letters", () =>
          dead.all(max).map((row) => {
            const { id, tenant, body } = parseReadyRow(row);
            return { id, tenantId: tenantOf(tenant), body, receipt: id };
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
