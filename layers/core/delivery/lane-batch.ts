import type { SocketProtocol } from "../connection/connection.ts";
import type { ChannelMessage, MessageType } from "../message/message.ts";
import { LANE_BATCH_CHARACTERS_MAX } from "./limits.ts";

/**
 * What is sent to those who are connected for one message: made once, however many they are. Left out for those whose
 * protocol does not know such messages.
 */
export type Frames = Readonly<Partial<Record<SocketProtocol, string>>>;

export interface FramedMessage {
  readonly message: ChannelMessage;
  readonly frames: Frames;
}

/** Messages of a channel that are pushed together. */
export interface Batch {
  readonly messages: readonly FramedMessage[];
  /** Up to here the log was read. */
  readonly reached: number;
}

interface ReadMessages {
  readonly messages: readonly ChannelMessage[];
  /** What to read on after, where more may follow. */
  readonly next: number | undefined;
  /** The number after which they were read. */
  readonly after: number;
}

/** The first of what was read, as much as may be pushed together: one message always may. */
export function fittingBatch(
  { messages, next, after }: ReadMessages,
  framesOf: (message: ChannelMessage) => Frames,
): Batch {
  const fitting: FramedMessage[] = [];
  let characters = 0;
  for (const message of messages) {
    const frames = framesOf(message);
    characters += Math.max(frames["skein.v1"]?.length ?? 0, frames.router?.length ?? 0);
    if (fitting.length > 0 && characters > LANE_BATCH_CHARACTERS_MAX)
      return { messages: fitting, reached: fitting.at(-1)?.message.seq ?? after };
    fitting.push({ message, frames });
  }
  return { messages: fitting, reached: next ?? messages.at(-1)?.seq ?? after };
}

/** What goes out to those of one protocol, and of which type each is. */
export interface Texts {
  readonly texts: readonly string[];
  readonly types: readonly MessageType[];
}

export type TextsOfAll = Readonly<Record<SocketProtocol, Texts>>;

export function textsOf(batch: readonly FramedMessage[]): TextsOfAll {
  return { router: textsFor(batch, "router"), "skein.v1": textsFor(batch, "skein.v1") };
}

function textsFor(batch: readonly FramedMessage[], protocol: SocketProtocol): Texts {
  const known = batch.filter(({ frames }) => frames[protocol] !== undefined);
  return {
    texts: known.flatMap(({ frames }) => frames[protocol] ?? []),
    types: known.map(({ message }) => message.type),
  };
}
