import { type ChannelId, type Hearer, mayHear } from "../../layers/core/message/channel.ts";
import { utf8Bytes } from "../../layers/core/store/key-order.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import type { Positions } from "../../layers/people/wire/client-frame.ts";
import { messageFrames, type Resumed, resumed } from "../../layers/people/wire/server-frame.ts";
import { RESUME_BYTES_MAX, RESUME_MESSAGES_MAX, RESUME_PAGE, RESUME_PAGES_MAX } from "./limits.ts";
import type { SocketParts } from "./socket-parts.ts";

export interface TenantHearer extends Hearer {
  readonly tenantId: TenantId;
}

type ResumeParts = Pick<SocketParts, "log" | "digest">;

/**
 * What somebody has missed of channels, in order, and how far that goes: as much as fits into one answer. A channel that is
 * not theirs to hear is told of as one in which nothing was ever published.
 */
export async function resumeTexts(
  parts: ResumeParts,
  hearer: TenantHearer,
  after: Positions,
): Promise<readonly string[]> {
  const told = new ToldMessages();
  const reached = new Map<ChannelId, Resumed>();
  for (const [channel, seq] of after) {
    const isHeard = mayHear(channel, hearer, parts.digest);
    reached.set(channel, isHeard ? await resumeChannel(parts, { hearer, channel, seq }, told) : { seq, head: 0 });
  }
  return [...told.texts, resumed(reached)];
}

/** What one answer holds so far. */
class ToldMessages {
  readonly texts: string[] = [];
  #bytes = 0;
  #count = 0;

  /** False where there is no more room; the first always has it. */
  add(text: string): boolean {
    const bytes = utf8Bytes(text);
    if (this.#count >= RESUME_MESSAGES_MAX || (this.#count > 0 && this.#bytes + bytes > RESUME_BYTES_MAX)) return false;
    this.texts.push(text);
    this.#bytes += bytes;
    this.#count++;
    return true;
  }

  get isFull(): boolean {
    return this.#count >= RESUME_MESSAGES_MAX || this.#bytes >= RESUME_BYTES_MAX;
  }
}

async function resumeChannel(
  { log }: ResumeParts,
  { hearer, channel, seq: from }: { readonly hearer: TenantHearer; readonly channel: ChannelId; readonly seq: number },
  told: ToldMessages,
): Promise<Resumed> {
  const { tenantId } = hearer;
  // Read first: all up to it is then there to be read, or over.
  const head = await log.headOf(tenantId, channel);
  let seq = from;
  for (let page = 1; page <= RESUME_PAGES_MAX && seq < head && !told.isFull; page++) {
    const { messages, missing, next } = await log.read(tenantId, { channel, after: seq, limit: RESUME_PAGE });
    if (missing !== undefined) {
      seq = missing.to;
      told.texts.push(resumed(new Map([[channel, { seq, head, missing }]])));
    }
    for (const message of messages) {
      const text = messageFrames(message)["skein.v1"] ?? "";
      if (!told.add(text)) return { seq, head };
      seq = message.seq;
    }
    if (next === undefined) return { seq: Math.max(seq, head), head: Math.max(seq, head) };
    seq = Math.max(seq, next);
  }
  return { seq, head: Math.max(seq, head) };
}
