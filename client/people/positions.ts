import { POSITIONS_MAX } from "./limits.ts";
import type { Resumed } from "./wire.ts";

/** `old` was seen before; of `gap` something before it was not, which is to be asked for, and it itself comes with that. */
export type Taken = "new" | "old" | "gap";

/**
 * How far a client has come in each channel. Whoever asks the server for what comes after {@link after}, and takes up no
 * message but the new ones, sees each once and in order.
 */
export class Positions {
  readonly #last = new Map<string, number>();
  /** The greatest number heard of, whether or not its message was taken up. */
  readonly #heard = new Map<string, number>();

  take({ channel, seq }: { readonly channel: string; readonly seq: number }): Taken {
    const last = this.#last.get(channel);
    if (last !== undefined && seq <= last) return "old";
    this.#hear(channel, seq);
    if (last !== undefined && seq > last + 1) return "gap";
    this.#last.set(channel, seq);
    return "new";
  }

  /** Begins where a channel stands now, unless it has begun. */
  begin(channel: string, head: number): void {
    if (this.#last.has(channel)) this.#hear(channel, head);
    else this.#last.set(channel, head);
  }

  /** All up to here was told, or is no longer to be had. */
  resumed(channel: string, { seq, head }: Resumed): void {
    const last = this.#last.get(channel);
    if (last === undefined) return;
    this.#last.set(channel, Math.max(last, seq));
    this.#hear(channel, head);
  }

  leave(channel: string): void {
    this.#last.delete(channel);
    this.#heard.delete(channel);
  }

  /** Nobody hears the own channels of connections that are over. */
  leaveConnections(besides: string): void {
    for (const channel of [...this.#last.keys()]) {
      if (channel.startsWith("connection:") && channel !== `connection:${besides}`) this.leave(channel);
    }
  }

  /** Whether there is more in a channel than was taken up. */
  isBehind(channel: string): boolean {
    const last = this.#last.get(channel);
    return last !== undefined && (this.#heard.get(channel) ?? 0) > last;
  }

  get channels(): readonly string[] {
    return [...this.#last.keys()];
  }

  /** The last numbers, of some channels or of all, as frames say them. */
  after(channels: readonly string[] = this.channels): Readonly<Record<string, number>> {
    const known = channels.flatMap((channel) => {
      const last = this.#last.get(channel);
      return last === undefined ? [] : [[channel, last] as const];
    });
    return Object.fromEntries(known.slice(0, POSITIONS_MAX));
  }

  #hear(channel: string, seq: number): void {
    this.#heard.set(channel, Math.max(seq, this.#heard.get(channel) ?? 0));
  }
}
