import { sectionAfter, sectionOf } from "./log-section.ts";
import type { ChannelMessage } from "./message.ts";
import type { MessageGroup } from "./message-group.ts";

export interface LogPage {
  /** In the order of their numbers, without a gap but for where a log goes on in another section. */
  readonly messages: readonly ChannelMessage[];
  /** Set when more may follow: what to read on after. A page may hold fewer than asked, even none, and still not be the last. */
  readonly next?: number;
  /**
   * Of the numbers between where the reading began and the first message of this page, the first and the last: messages that
   * are over, and maybe some that never were. A page ends where such a gap begins, and the next one tells of it.
   */
  readonly missing?: { readonly from: number; readonly to: number };
}

/** Goes along a log, and makes a page of what it meets. */
export class LogWalk {
  readonly #limit: number;
  readonly #nowSeconds: number;
  readonly #messages: ChannelMessage[] = [];
  #missing: LogPage["missing"];
  /** The number that comes next where nothing is missing. */
  #expected: number;
  /** The last number that was there, and is over. */
  #overUpTo = 0;

  constructor(asked: { readonly after: number; readonly limit: number; readonly nowSeconds: number }) {
    this.#limit = asked.limit;
    this.#nowSeconds = asked.nowSeconds;
    this.#expected = asked.after + 1;
  }

  /** Takes the next of what is stored. @returns whether the page goes on. */
  take(group: MessageGroup, read: () => readonly ChannelMessage[]): boolean {
    if (group.last < this.#expected) return true;
    if (group.seal !== undefined) {
      if (group.seal === "end" && group.first === this.#expected)
        this.#expected = sectionAfter(sectionOf(group.first)) + 1;
      return true;
    }
    if (group.overAtEpochSeconds <= this.#nowSeconds) {
      this.#overUpTo = group.last;
      return true;
    }
    return read().every((message) => message.seq < this.#expected || this.#takeMessage(message));
  }

  page(isMore: boolean): LogPage {
    const messages = this.#messages;
    const last = messages.at(-1);
    const to = this.#overUpTo;
    if (last === undefined)
      return to < this.#expected ? { messages } : { messages, missing: { from: this.#expected, to }, next: to };
    return {
      messages,
      ...((isMore || to > last.seq) && { next: last.seq }),
      ...(this.#missing !== undefined && { missing: this.#missing }),
    };
  }

  #takeMessage(message: ChannelMessage): boolean {
    if (message.seq > this.#expected) {
      if (this.#messages.length > 0) return false;
      this.#missing = { from: this.#expected, to: message.seq - 1 };
    }
    this.#messages.push(message);
    this.#expected = message.seq + 1;
    return this.#messages.length < this.#limit;
  }
}
