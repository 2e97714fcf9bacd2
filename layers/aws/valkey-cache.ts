import type { Cache } from "../core/ports/cache.ts";
import type { Clock } from "../core/ports/clock.ts";
import { openValkey, type ValkeyConnection, type ValkeyServer, ValkeyUnreachable } from "./valkey-connection.ts";
import { VALKEY_VALUE_BYTES_MAX } from "./valkey-protocol.ts";

export interface ValkeyCacheOptions {
  readonly server: ValkeyServer;
  readonly clock: Clock;
}

/** What a call waits for the cache at most, connecting included. Beyond it, the table is as fast. */
export const ANSWER_TIMEOUT_MS = 50;
/** Connecting goes on without the call that began it, for this long: TLS and sign-in take a cold function a while. */
export const OPEN_TIMEOUT_MS = 1000;
/** After a failure nothing is asked for this long, so that a failing cache costs a call in hundreds its timeout. */
export const SKIP_MS = 5000;
/** Source: ElastiCache user guide, "Authenticating with IAM": a connection is closed after 12 hours. */
export const CONNECTION_AGE_MAX_MS = 11 * 60 * 60 * 1000;
/** Also holds what a caller would keep for ever: each key has an end, since Valkey Serverless evicts no other. */
export const TTL_MAX_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * A region's Valkey Serverless, through one connection to its one endpoint.
 *
 * The endpoint answers for every slot, so the cluster is not explored: a client that does finds the port for reads of
 * replicas, where commands are refused with MOVED (valkey-io/iovalkey issue 29). A value carries its own end, since the
 * server counts its time only from when a command arrives.
 *
 * Not promised: that a deletion which failed is made up for; the value then ends with its time.
 */
export function valkeyCache(options: ValkeyCacheOptions): Cache & { close(): void } {
  const line = new ValkeyLine(options);
  const { clock } = options;
  return {
    async get(key) {
      if (!key.isWellFormed()) return undefined;
      const stored = await line.ask(["GET", key]);
      return stored === undefined ? undefined : unstamped(stored, clock.nowMs());
    },
    async set(key, value, ttlMs) {
      if (!key.isWellFormed()) return;
      const lifeMs = Math.min(ttlMs, TTL_MAX_MS);
      const stored = `${clock.nowMs() + lifeMs}${STAMP_END}${value}`;
      const isKept = lifeMs > 0 && value.isWellFormed() && Buffer.byteLength(stored) <= VALKEY_VALUE_BYTES_MAX;
      await line.ask(isKept ? ["SET", key, stored, "PX", String(Math.ceil(lifeMs))] : ["DEL", key]);
    },
    async delete(key) {
      if (key.isWellFormed()) await line.ask(["DEL", key]);
    },
    close: () => line.close(),
  };
}

const STAMP_END = ":";

/** What has another shape was stored by something else, and is as good as forgotten. */
function unstamped(stored: string, nowMs: number): string | undefined {
  const stampEnd = stored.indexOf(STAMP_END);
  const expiresAtMs = Number(stored.slice(0, Math.max(0, stampEnd)));
  return expiresAtMs > nowMs ? stored.slice(stampEnd + STAMP_END.length) : undefined;
}

type LineState =
  | { readonly state: "closed" }
  | { readonly state: "opening"; readonly opened: Promise<ValkeyConnection> }
  | { readonly state: "open"; readonly connection: ValkeyConnection; readonly sinceMs: number };

/** The way to the server: opened when needed, given up when it fails, and left alone for a while then. */
class ValkeyLine {
  readonly #server: ValkeyServer;
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  #line: LineState = { state: "closed" };
  #skipUntilMs = 0;

  constructor({ server, clock }: ValkeyCacheOptions) {
    this.#server = server;
    this.#clock = clock;
  }

  /** The server's answer; undefined also where there is none in time. Never rejects. */
  async ask(words: readonly string[]): Promise<string | undefined> {
    if (this.#ended.signal.aborted || this.#clock.nowMs() < this.#skipUntilMs) return undefined;
    const over = new AbortController();
    const late = this.#clock.sleep(ANSWER_TIMEOUT_MS, over.signal).then(() => {
      throw new ValkeyUnreachable({ cause: `no answer within ${ANSWER_TIMEOUT_MS} ms` });
    });
    try {
      return await Promise.race([this.#answer(words, over.signal), late]);
    } catch {
      this.#giveUp();
      return undefined;
    } finally {
      over.abort();
    }
  }

  close(): void {
    this.#ended.abort();
    this.#giveUp();
  }

  async #answer(words: readonly string[], over: AbortSignal): Promise<string | undefined> {
    const connection = await this.#connection();
    // Sent late, a value could take the place of a newer one.
    if (over.aborted) return undefined;
    try {
      return await connection.ask(words);
    } catch (fault) {
      // Servers close connections as they are renewed, and a frozen process learns of it late: the next call opens one.
      if (!connection.isOpen) return undefined;
      throw fault;
    }
  }

  #connection(): Promise<ValkeyConnection> | ValkeyConnection {
    if (this.#line.state === "opening") return this.#line.opened;
    if (this.#line.state === "open" && this.#line.connection.isOpen) {
      if (this.#clock.nowMs() - this.#line.sinceMs < CONNECTION_AGE_MAX_MS) return this.#line.connection;
      this.#line.connection.close();
    }
    const opened = this.#open();
    opened.catch(() => {}); // told to those who wait for it, if any still do
    this.#line = { state: "opening", opened };
    return opened;
  }

  async #open(): Promise<ValkeyConnection> {
    const attempt = new AbortController();
    const cancel = () => attempt.abort();
    this.#ended.signal.addEventListener("abort", cancel, { once: true });
    void this.#clock.sleep(OPEN_TIMEOUT_MS, attempt.signal).then(cancel);
    try {
      const connection = await openValkey(this.#server, attempt.signal);
      this.#line = { state: "open", connection, sinceMs: this.#clock.nowMs() };
      this.#skipUntilMs = 0;
      return connection;
    } catch (fault) {
      this.#line = { state: "closed" };
      this.#skipUntilMs = this.#clock.nowMs() + SKIP_MS;
      throw fault;
    } finally {
      cancel();
      this.#ended.signal.removeEventListener("abort", cancel);
    }
  }

  /** An opening goes on: once it succeeds, the cache is asked again. */
  #giveUp(): void {
    this.#skipUntilMs = this.#clock.nowMs() + SKIP_MS;
    if (this.#line.state !== "open") return;
    this.#line.connection.close();
    this.#line = { state: "closed" };
  }
}
