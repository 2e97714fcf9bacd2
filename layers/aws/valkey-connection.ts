import type { TLSSocket } from "node:tls";
import { commandBytes, ValkeyReplies, type ValkeyReply } from "./valkey-protocol.ts";

/** Who asks, as told once on each connection. */
export interface ValkeyUser {
  readonly name: string;
  readonly password: string;
}

export interface ValkeyServer {
  readonly host: string;
  readonly port: number;
  /** Asked for each connection, since a password may be one of minutes. */
  readonly signIn: () => Promise<ValkeyUser>;
}

/** Questions without an answer yet. More than this is a server that has stopped to answer. */
const UNANSWERED_MAX = 1000;

interface Waiting {
  readonly resolve: (text: string | undefined) => void;
  readonly reject: (fault: Error) => void;
}

/** One connection over TLS. It does not keep the process alive. */
export class ValkeyConnection {
  readonly #socket: TLSSocket;
  readonly #waiting: Waiting[] = [];
  readonly #replies = new ValkeyReplies();
  #broken: Error | undefined;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setNoDelay(true).unref();
    socket.on("data", (piece: Buffer) => this.#read(piece));
    socket.on("error", (cause) => this.#break(new ValkeyUnreachable({ cause })));
    socket.on("close", () => this.#break(new ValkeyUnreachable({ cause: "the connection was closed" })));
  }

  get isOpen(): boolean {
    return this.#broken === undefined;
  }

  /**
   * The server's answer; undefined where it has none to give.
   *
   * @throws {ValkeyUnreachable} when the connection breaks before the answer.
   * @throws {ValkeyRefused} when the server says no.
   */
  ask(words: readonly string[]): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= UNANSWERED_MAX) {
        this.#break(new ValkeyUnreachable({ cause: `${UNANSWERED_MAX} questions have no answer` }));
      }
      if (this.#broken !== undefined) return reject(this.#broken);
      this.#waiting.push({ resolve, reject });
      this.#socket.write(commandBytes(words));
    });
  }

  close(): void {
    this.#break(new ValkeyUnreachable({ cause: "the connection was closed from this side" }));
  }

  #read(piece: Buffer): void {
    try {
      for (const reply of this.#replies.read(piece)) this.#settle(reply);
    } catch (cause) {
      this.#break(new ValkeyUnreachable({ cause }));
    }
  }

  #settle(reply: ValkeyReply): void {
    const asked = this.#waiting.shift();
    if (asked === undefined) this.#break(new ValkeyUnreachable({ cause: "an answer that nobody asked for" }));
    else if ("refusal" in reply) asked.reject(new ValkeyRefused(reply.refusal));
    else asked.resolve(reply.text);
  }

  #break(fault: Error): void {
    this.#broken ??= fault;
    this.#socket.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#broken);
  }
}

/**
 * A connection that is signed in.
 *
 * @param signal ends the attempt.
 * @throws {ValkeyUnreachable} when there is none to be had.
 * @throws {ValkeyRefused} when the server does not take the user.
 */
export async function openValkey({ host, port, signIn }: ValkeyServer, signal: AbortSignal): Promise<ValkeyConnection> {
  const [user, { connect }] = await Promise.all([signIn(), import("node:tls")]);
  const connection = new ValkeyConnection(connect({ host, port, servername: host }));
  const abandon = () => connection.close();
  signal.addEventListener("abort", abandon, { once: true });
  try {
    if (signal.aborted) abandon();
    await connection.ask(["AUTH", user.name, user.password]);
    return connection;
  } catch (fault) {
    connection.close();
    throw fault;
  } finally {
    signal.removeEventListener("abort", abandon);
  }
}

export class ValkeyUnreachable extends Error {
  readonly code = "valkey_unreachable";
  constructor(options: { readonly cause: unknown }) {
    super("the cache could not be reached", options);
    this.name = "ValkeyUnreachable";
  }
}

export class ValkeyRefused extends Error {
  readonly code = "valkey_refused";
  /** The server's own code, as `NOAUTH` or `OOM`; what follows it may quote a key. */
  readonly reason: string;
  constructor(refusal: string) {
    const reason = refusal.split(" ", 1).join("");
    super(`the cache refused a command: ${reason}`);
    this.name = "ValkeyRefused";
    this.reason = reason;
  }
}
