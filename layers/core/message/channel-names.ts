import type { Table } from "../ports/table.ts";
import { channelNamesKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { ChannelId } from "./channel.ts";
import { CHANNEL_ATTEMPTS_MAX, CHANNELS_MAX } from "./limits.ts";

/** The life of a channel for which its name is taken: the first is 1, and each making after a removal is one more. */
export interface NamedLife {
  readonly channel: ChannelId;
  readonly life: number;
}

/** A channel was made and removed over and over while somebody made or removed it. What they wanted may be done or not. */
export class ChannelContended extends Error {
  readonly code = "channel_contended";
  constructor() {
    super(`a change of a channel met another ${CHANNEL_ATTEMPTS_MAX} times`);
    this.name = "ChannelContended";
  }
}

/**
 * The names of the channels that people name, in one item with their count, so that one conditional write judges both. Each
 * stands there with the life for which it was taken last: whoever gives the name of an earlier life back takes it from nobody.
 */
export class ChannelNames {
  readonly #table: Pick<Table, "get" | "update">;

  constructor({ table }: { readonly table: Pick<Table, "get" | "update"> }) {
    this.#table = table;
  }

  /**
   * @returns for which life it is taken: the one asked for, or a later one, for which somebody has taken it meanwhile.
   *   Undefined where the tenant has as many channels as it may have, and this is none of them.
   */
  async take(tenantId: TenantId, { channel, life }: NamedLife): Promise<number | undefined> {
    const key = channelNamesKey(tenantId);
    for (let attempt = 1; attempt <= CHANNEL_ATTEMPTS_MAX; attempt++) {
      const change = { set: { [channel]: life }, add: { count: 1 } };
      const taken = await this.#table.update(key, change, {
        if: "all",
        of: [{ if: "attribute_absent", attribute: channel }, IS_ROOM],
      });
      if (taken.ok) return life;
      const current = taken.problem.reason === "condition_failed" ? taken.problem.current : undefined;
      const stands = current?.[channel];
      if (typeof stands !== "number") return undefined;
      if (stands >= life) return stands;
      // Of a life that is over, and whose remover has not come so far: it counts already.
      const same = { if: "equals", attribute: channel, value: stands } as const;
      if ((await this.#table.update(key, { set: { [channel]: life } }, same)).ok) return life;
    }
    throw new ChannelContended();
  }

  /** Whether it is taken for this life, or one before it. */
  async isTaken(tenantId: TenantId, { channel, life }: NamedLife): Promise<boolean> {
    const stands = (await this.#table.get(channelNamesKey(tenantId)))?.[channel];
    return typeof stands === "number" && stands <= life;
  }

  /** Once a life is over. Where the name is taken for a later one nothing is done. */
  async giveBack(tenantId: TenantId, { channel, life }: NamedLife): Promise<void> {
    const isOver = { if: "below", attribute: channel, value: life + 1 } as const;
    await this.#table.update(channelNamesKey(tenantId), { remove: [channel], add: { count: -1 } }, isOver);
  }
}

const IS_ROOM = {
  if: "any",
  of: [
    { if: "attribute_absent", attribute: "count" },
    { if: "below", attribute: "count", value: CHANNELS_MAX },
  ],
} as const;
