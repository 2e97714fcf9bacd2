import { KEEP_ALIVE_MS, STREAM_WAITING_CHARACTERS_MAX } from "../limits.ts";
import { Channel } from "../protocol/channel.ts";
import { KEEP_ALIVE, messageEvent } from "../protocol/sse.ts";
import type { Watched } from "./call-watch.ts";

/**
 * The events of one reply, if it comes to a stream: it opens at the first event, or when the call has kept its caller
 * waiting for so long that a silent connection might be cut.
 */
export class ReplyStream implements Watched {
  readonly events = new Channel();
  /** Resolves when the reply has to be a stream. */
  readonly opened: Promise<"opened">;
  #open: () => void = () => {};
  #lastAtMs: number;
  readonly #openAfterMs: number;
  #isOpen = false;

  constructor(nowMs: number, openAfterMs = KEEP_ALIVE_MS) {
    this.#lastAtMs = nowMs;
    this.#openAfterMs = openAfterMs;
    this.opened = new Promise((resolve) => {
      this.#open = () => {
        this.#isOpen = true;
        resolve("opened");
      };
    });
  }

  message(json: string, id?: string): void {
    this.events.push(messageEvent(json, id));
    this.#open();
  }

  /** Progress or a log message: dropped where its reader is far behind. */
  notice(json: string): void {
    if (this.events.waitingCharacters < STREAM_WAITING_CHARACTERS_MAX) this.message(json);
  }

  end(): void {
    this.events.end();
  }

  look(nowMs: number): void {
    if (!this.#isOpen) {
      if (nowMs - this.#lastAtMs >= this.#openAfterMs) this.#open();
    } else if (nowMs - this.#lastAtMs >= KEEP_ALIVE_MS) {
      this.#lastAtMs = nowMs;
      this.events.push(KEEP_ALIVE);
    }
  }
}
