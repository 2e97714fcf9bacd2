import { CONNECT_TIMEOUT_MS, PONG_TIMEOUT_MS, PROBE_TIMEOUT_MS, SILENCE_MS_MAX } from "./limits.ts";
import { parseServerFrame } from "./parse-server-frame.ts";
import type { PeopleParts, PeopleSocket } from "./parts.ts";
import { Timer } from "./timer.ts";
import type { ClientFrame, ConnectFrame, ServerFrame, ToldError, Welcome } from "./wire.ts";

/** Why a connection is over. */
export interface LinkEnd {
  /** Of RFC 6455; 0 where no server has said one. */
  readonly code: number;
  /** What the server told last, before it closed. */
  readonly error?: ToldError;
  /** Whether it had been connected. */
  readonly wasConnected: boolean;
}

export interface LinkTold {
  connected(welcome: Welcome): void;
  /** Also before it is connected. */
  frame(frame: ServerFrame): void;
  /** Once, and nothing after it; never after {@link Link.end}. */
  over(end: LinkEnd): void;
}

/** One connection, from its opening to its end: says who is there, and notices when nobody answers any more. */
export class Link {
  readonly #parts: PeopleParts;
  readonly #told: LinkTold;
  readonly #connecting: () => Pick<ConnectFrame, "channels" | "after">;
  readonly #patience: Timer;
  readonly #silence: Timer;
  readonly #socket: PeopleSocket;
  #state: "opening" | "connected" | "over" = "opening";
  #error: ToldError | undefined;

  /** @param connecting asked when the socket is open: what `connect` says beside the credential. */
  constructor(parts: PeopleParts, told: LinkTold, connecting: () => Pick<ConnectFrame, "channels" | "after">) {
    this.#parts = parts;
    this.#told = told;
    this.#connecting = connecting;
    this.#patience = new Timer(parts.clock, () => this.#over(0));
    this.#silence = new Timer(parts.clock, () => this.#askForLife(PONG_TIMEOUT_MS));
    this.#patience.set(CONNECT_TIMEOUT_MS);
    this.#socket = parts.open({
      opened: () => void this.#connect(),
      text: (text) => this.#text(text),
      closed: ({ code }) => this.#over(code),
    });
  }

  get isConnected(): boolean {
    return this.#state === "connected";
  }

  /** Whether it could be sent at all. That it arrived, only an answer tells. */
  send(frame: ClientFrame): boolean {
    if (!this.isConnected) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Asks at once whether the server is there, since something hints that it may not be. */
  probe(): void {
    if (this.isConnected) this.#askForLife(PROBE_TIMEOUT_MS);
  }

  /** Of its end nothing more is told. */
  end(): void {
    if (this.#state === "over") return;
    this.send({ type: "disconnect" });
    this.#finish();
  }

  async #connect(): Promise<void> {
    const credential = await this.#credential();
    if (this.#state !== "opening") return;
    if (credential === undefined) this.#over(0);
    else this.#socket.send(JSON.stringify({ type: "connect", ...credential, ...this.#connecting() }));
  }

  async #credential() {
    try {
      return (await this.#parts.credential?.()) ?? {};
    } catch {
      // Whoever gives it could not be asked now, and is asked again before the next connection.
      return undefined;
    }
  }

  #text(text: string): void {
    if (this.#state === "over") return;
    const frame = parseServerFrame(text);
    if (this.isConnected) this.#heardOf();
    if (frame?.type === "error") this.#error = frame.error;
    else if (frame?.type !== "pong") this.#error = undefined;
    if (frame?.type === "connect_ack") this.#welcome(frame.welcome);
    else if (frame !== undefined) this.#told.frame(frame);
  }

  #welcome(welcome: Welcome): void {
    this.#state = "connected";
    this.#heardOf();
    this.#told.connected(welcome);
  }

  #heardOf(): void {
    this.#patience.clear();
    this.#silence.set(SILENCE_MS_MAX);
  }

  #askForLife(timeoutMs: number): void {
    this.#silence.clear();
    this.#patience.set(timeoutMs);
    this.send({ type: "ping" });
  }

  #over(code: number): void {
    if (this.#state === "over") return;
    const wasConnected = this.isConnected;
    this.#finish();
    this.#told.over({ code, wasConnected, ...(this.#error !== undefined && { error: this.#error }) });
  }

  #finish(): void {
    this.#state = "over";
    this.#patience.clear();
    this.#silence.clear();
    this.#socket.close();
  }
}
