import { canonicalJson } from "../canonical-json.ts";
import type { Chance } from "../ports/chance.ts";
import type { Digest } from "../ports/digest.ts";
import type { Json } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { utf8Bytes } from "../store/key-order.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { Meter } from "../usage/meter.ts";
import { type Audience, type ChannelId, channelOf } from "./channel.ts";
import type { ChannelLog } from "./channel-log.ts";
import type { ChannelsReached } from "./channels.ts";
import { type LaneCallDeps, LaneCalls } from "./lane-calls.ts";
import { MESSAGE_BODY_BYTES_MAX, PUBLISHED_REMEMBERED_MAX } from "./limits.ts";
import type { ChannelMessage, MessageType } from "./message.ts";

export interface Publication {
  readonly audience: Audience;
  readonly type: MessageType;
  /** The subject of whoever publishes it. */
  readonly from: string;
  /** Up to 64 KiB as JSON. */
  readonly body: Json;
  /** Names the message, so that it may be published again without being another, whatever it says then. */
  readonly messageId?: string;
  /**
   * A name of the publisher's own, in place of a `messageId`. It stands for one message of a channel: what says something else
   * under it is refused.
   */
  readonly key?: string | undefined;
}

export interface Published extends Pick<ChannelMessage, "channel" | "seq" | "messageId" | "publishedAtEpochMs"> {
  /** False where a message of this id was published before: that one is told of here, whatever it says. */
  readonly isNew: boolean;
  /**
   * Whether those who are connected are being told. Where not, since the queue does not answer, they get it with the
   * channel's next message, or when they come back: it is stored all the same.
   */
  readonly isTold: boolean;
}

export type BodyTooLarge = { readonly reason: "message_too_large"; readonly bytes: number; readonly bytesMax: number };
/** The key stands for a message that says something else. */
export type MessageKeyReused = { readonly reason: "idempotency_key_reused" };
export type PublishProblem = BodyTooLarge | ChannelsReached | MessageKeyReused;

export interface PublisherDeps extends LaneCallDeps {
  readonly log: Pick<ChannelLog, "append" | "findRecent">;
  readonly digest: Digest;
  readonly chance: Chance;
  /** Told of each message once. */
  readonly meter: Pick<Meter, "record">;
}

type Publishing = Promise<Result<Published, PublishProblem>>;

interface KnownPublication {
  /** A digest of what was said under a key; left out where none was given. */
  readonly said: string | undefined;
  readonly publishing: Publishing;
}

/**
 * Stores messages for those they are for, and has them brought there.
 *
 * Once it resolves a message is stored. To publish it again under its id makes it no second time as long as this process
 * remembers it, or as it is among the last of its channel; after that, or where two processes are asked at the same moment, there
 * may be two of one id, of which a reader drops the second. As far as one is known by its key, so far is another refused under it.
 */
export class Publisher {
  readonly #deps: PublisherDeps;
  readonly #calls: LaneCalls;
  /** The longest known first. */
  readonly #known = new Map<string, KnownPublication>();

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
    this.#calls = new LaneCalls(deps);
  }

  /** @throws {StoreFault} whether it is stored is then unknown: publish it again under the same id. */
  async publish(tenantId: TenantId, publication: Publication): Publishing {
    const bytes = utf8Bytes(JSON.stringify(publication.body));
    if (bytes > MESSAGE_BODY_BYTES_MAX)
      return refused({ reason: "message_too_large", bytes, bytesMax: MESSAGE_BODY_BYTES_MAX });
    const channel = channelOf(publication.audience, this.#deps.digest);
    const messageId = this.#idGivenBy(publication);
    if (messageId === undefined) {
      const drawn = `${MESSAGE_ID_PREFIX}${this.#deps.chance.token(MESSAGE_ID_BYTES)}`;
      return this.#append(tenantId, channel, { ...publication, messageId: drawn });
    }
    return this.#publishOnce(tenantId, channel, { ...publication, messageId });
  }

  #idGivenBy({ from, key, messageId }: Publication): string | undefined {
    return key === undefined ? messageId : keyedMessageId(this.#deps.digest, { from, key });
  }

  async #publishOnce(tenantId: TenantId, channel: ChannelId, named: NamedPublication): Publishing {
    const { digest } = this.#deps;
    const name = digest(JSON.stringify([tenantId, channel, named.from, named.messageId]));
    const said = named.key === undefined ? undefined : digest(canonicalJson(named.body));
    const before = this.#known.get(name);
    if (before !== undefined) {
      const known = await before.publishing;
      if (known.ok) return before.said === said ? this.#tellAgain(tenantId, known.value) : KEY_REUSED;
      // What was refused may have been what it said: whoever says something else is judged anew.
      return before.said === said ? known : this.#publishOnce(tenantId, channel, named);
    }
    const publishing = this.#publishNamed(tenantId, channel, named);
    this.#remember(name, { said, publishing });
    try {
      const published = await publishing;
      if (!published.ok) this.#known.delete(name);
      return published;
    } catch (fault) {
      this.#known.delete(name);
      throw fault;
    }
  }

  async #publishNamed(tenantId: TenantId, channel: ChannelId, named: NamedPublication): Publishing {
    const found = await this.#deps.log.findRecent(tenantId, { channel, ...named });
    if (found === undefined) return this.#append(tenantId, channel, named);
    if (saysOther(found, named)) return KEY_REUSED;
    return this.#tellAgain(tenantId, publishedAs(found, { isNew: false, isTold: false }));
  }

  async #tellAgain(tenantId: TenantId, published: Published): Publishing {
    const { channel, seq } = published;
    const isTold = published.isTold || (await this.#calls.call(tenantId, channel, { from: seq, upTo: seq }));
    return ok({ ...published, isTold, isNew: false });
  }

  async #append(tenantId: TenantId, channel: ChannelId, named: NamedPublication): Publishing {
    const { messageId, type, from, body } = named;
    const stored = await this.#deps.log.append(tenantId, channel, [{ messageId, type, from, body }]);
    if (!stored.ok) return stored;
    const [message] = stored.value;
    if (message === undefined) throw new MessageUnanswered();
    if (saysOther(message, named)) return KEY_REUSED; // another process was first, in the same place
    this.#deps.meter.record(tenantId, { messages: 1 });
    const isTold = await this.#calls.call(tenantId, channel, { from: message.seq, upTo: message.seq });
    return ok(publishedAs(message, { isNew: true, isTold }));
  }

  #remember(name: string, known: KnownPublication): void {
    this.#known.set(name, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > PUBLISHED_REMEMBERED_MAX && oldest !== undefined) this.#known.delete(oldest);
  }
}

type NamedPublication = Publication & { readonly messageId: string };

const KEY_REUSED = refused({ reason: "idempotency_key_reused" } as const);

/** Whether it was stored under the publication's key and is another: one that is published again is equal, if not the same. */
function saysOther(stored: ChannelMessage, { key, body }: NamedPublication): boolean {
  if (key === undefined || stored.body === body) return false;
  return canonicalJson(stored.body) !== canonicalJson(body);
}

const MESSAGE_ID_PREFIX = "msg_";
/** 128 random bits. */
const MESSAGE_ID_BYTES = 16;
/** As many of a digest. */
const MESSAGE_ID_CHARACTERS = 22;

/** The id of a message that a caller has named: always the same for one key, and no other caller's. */
export function keyedMessageId(digest: Digest, { from, key }: { readonly from: string; readonly key: string }): string {
  return `${MESSAGE_ID_PREFIX}${digest(JSON.stringify([from, key])).slice(0, MESSAGE_ID_CHARACTERS)}`;
}

/** A message was appended and not answered for: a fault of ours. */
export class MessageUnanswered extends Error {
  readonly code = "message_unanswered";
  constructor() {
    super("a message was appended and not answered for");
    this.name = "MessageUnanswered";
  }
}

function publishedAs(
  { channel, seq, messageId, publishedAtEpochMs }: ChannelMessage,
  how: Pick<Published, "isNew" | "isTold">,
): Published {
  return { channel, seq, messageId, publishedAtEpochMs, ...how };
}
