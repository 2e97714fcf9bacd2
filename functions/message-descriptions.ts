import * as z from "zod";
import { parseAudience } from "../layers/core/message/audience-text.ts";
import { type Audience, isChannelName, parseChannelId } from "../layers/core/message/channel.ts";
import { CHANNEL_LIST_MAX, READ_LIMIT_MAX, RECEIPT_LIST_MAX } from "../layers/core/message/limits.ts";
import { MESSAGE_TYPES } from "../layers/core/message/message.ts";
import type { Json } from "../layers/core/ports/table.ts";
import { ROLES } from "../layers/core/tenant/role.ts";
import { describeOperation } from "../layers/http/operation/operation.ts";
import { epochMs } from "./time-schemas.ts";

/** The operations of messages, and of who is connected, as the document shows them; `functions/people` answers them. */

export const PEOPLE_TAG = "people";
const MESSAGES = "/api/messages";
const CHANNELS = `${MESSAGES}/channels`;
const RECEIPTS = `${MESSAGES}/receipts`;

/** Whatever was read from JSON is some. */
const anyJson: z.ZodType<Json> = z.any();
const LIMIT_DEFAULT = 50;
const CURSOR_CHARACTERS_MAX = 100;

/** Whom something is for, in words. */
export const audience = z
  .string()
  .transform((raw, context): Audience => {
    const parsed = parseAudience(raw);
    if (parsed.ok) return parsed.value;
    context.addIssue(parsed.problem.detail);
    return z.NEVER;
  })
  .describe("`everyone`, `role:<role>`, `member:<subject>`, `channel:<name>` or `connection:<id>`");

const channelId = z
  .string()
  .transform((raw, context) => {
    const parsed = parseChannelId(raw);
    if (parsed.ok) return parsed.value;
    context.addIssue("expected the name of a channel as its messages have it");
    return z.NEVER;
  })
  .describe(
    "As its messages name it: `everyone`, `role:<role>`, `channel:<name>`, or the caller's own `member:<digest>`",
  );

const seq = z.int().min(1).describe("The number of a message in its channel");
const queriedSeq = z.coerce.number().int().min(1);

const MessageShown = z.object({
  channel: z.string(),
  seq,
  messageId: z.string().describe("Two messages of one id are one: the second was sent again"),
  type: z.enum(MESSAGE_TYPES),
  from: z.string().describe("The subject of whoever published it"),
  body: anyJson,
  publishedAtEpochMs: epochMs,
});

const MESSAGE_EXAMPLE = {
  channel: "channel:deploys",
  seq: 1,
  messageId: "msg_Xo3mZ0F1x7JqYv2b9tRk4A",
  type: "message",
  from: "ann@example.com",
  body: { text: "v42 is out" },
  publishedAtEpochMs: 1_795_000_000_000,
} as const;

export const PUBLISH_MESSAGE = describeOperation({
  id: "publishMessage",
  method: "POST",
  path: MESSAGES,
  tag: PEOPLE_TAG,
  summary: "Publish a message",
  description:
    "Once this is answered the message is stored: whoever it is for is sent it now where they are connected, and finds it " +
    "when they come back. With an `Idempotency-Key` it is published once, however often it is sent, as long as it is among " +
    "the last of its channel. There the key stands for this one message: another one under it is refused.",
  action: "message.publish",
  takesIdempotencyKey: true,
  body: z.strictObject({ to: audience, body: anyJson.describe("Up to 64 KiB as JSON") }),
  bodyExample: { to: "channel:deploys", body: { text: "v42 is out" } },
  success: {
    status: 201,
    description: "Where it stands",
    schema: MessageShown.pick({ channel: true, seq: true, messageId: true, publishedAtEpochMs: true }).extend({
      isNew: z.boolean().describe("False where it was published before: that one is told of"),
      isTold: z.boolean().describe("False where those who are connected get it only with the channel's next message"),
    }),
    example: {
      ...{ channel: "channel:deploys", seq: 1, messageId: MESSAGE_EXAMPLE.messageId },
      ...{ publishedAtEpochMs: MESSAGE_EXAMPLE.publishedAtEpochMs, isNew: true, isTold: true },
    },
  },
  conflict: "The tenant has as many channels as it may have, and this would be one more",
});

export const LIST_MESSAGES = describeOperation({
  id: "listMessages",
  method: "GET",
  path: MESSAGES,
  tag: PEOPLE_TAG,
  summary: "Read a channel, the newest first",
  description:
    "Or with `after` what comes after a message, the oldest first. A page may hold fewer than asked, or none, and still " +
    "have a number to go on with. A channel that the caller does not hear is told to be empty.",
  action: "message.read",
  query: z.strictObject({
    channel: channelId,
    before: queriedSeq.optional().describe("Only what comes before this number"),
    after: z.coerce
      .number()
      .int()
      .min(0)
      .optional()
      .describe("Only what comes after this number, and the oldest first"),
    limit: z.coerce.number().int().min(1).max(READ_LIMIT_MAX).default(LIMIT_DEFAULT).describe("At most so many"),
  }),
  success: {
    status: 200,
    description: "A page of messages; with a number to go on with where more may follow",
    schema: z.object({
      messages: z.array(MessageShown),
      next: z.int().optional().describe("To be given as `before`, or as `after`"),
      missing: z
        .object({ from: z.int(), to: z.int() })
        .optional()
        .describe("Messages in between that are not kept any more"),
    }),
    example: { messages: [MESSAGE_EXAMPLE] },
  },
});

const ChannelShown = z.object({
  name: z.string(),
  channel: z.string().describe("As its messages name it"),
  retentionSeconds: z.int().describe("So long a message can be read"),
});

const CHANNEL_EXAMPLE = { name: "deploys", channel: "channel:deploys", retentionSeconds: 604_800 } as const;

export const LIST_CHANNELS = describeOperation({
  id: "listChannels",
  method: "GET",
  path: CHANNELS,
  tag: PEOPLE_TAG,
  summary: "List the channels that somebody has named, by name",
  description: "A page may hold fewer than asked, or none.",
  action: "message.read",
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(CHANNEL_LIST_MAX).default(LIMIT_DEFAULT).describe("At most so many"),
    cursor: z.string().min(1).max(CURSOR_CHARACTERS_MAX).optional().describe("From the page before"),
  }),
  success: {
    status: 200,
    description: "A page of channels; with a cursor where more may follow",
    schema: z.object({ channels: z.array(ChannelShown), cursor: z.string().optional() }),
    example: { channels: [CHANNEL_EXAMPLE] },
  },
});

const OneChannel = z.strictObject({
  channelName: z.string().refine(isChannelName, "expected small letters, digits, `.`, `_` and `-`, 64 at most"),
});

export const SET_UP_CHANNEL = describeOperation({
  id: "setUpChannel",
  method: "PUT",
  path: `${CHANNELS}/{channelName}`,
  tag: PEOPLE_TAG,
  summary: "Say how long the messages of a channel are kept",
  description:
    "Of what is published from now on, by every function within ten minutes. It makes the channel where there is none.",
  action: "channel.change",
  params: OneChannel,
  body: z.strictObject({ retentionSeconds: z.int().describe("From an hour to ninety days") }),
  bodyExample: { retentionSeconds: 86_400 },
  success: { status: 200, description: "The channel as it is now", schema: ChannelShown, example: CHANNEL_EXAMPLE },
  conflict: "The tenant has as many channels as it may have, and this would be one more",
});

export const REMOVE_CHANNEL = describeOperation({
  id: "removeChannel",
  method: "DELETE",
  path: `${CHANNELS}/{channelName}`,
  tag: PEOPLE_TAG,
  summary: "Remove a channel",
  description:
    "It is listed no more and does not count. What was said there can be read for as long as it would have been. A message " +
    "that is published there later makes the channel again, kept as any is, and in numbers above those it had; whoever has " +
    "joined it hears that. Where there is no such channel nothing is done.",
  action: "channel.change",
  params: OneChannel,
  success: { status: 204, description: "It is not there" },
});

const ReceiptShown = z.object({ subject: z.string(), seq, atEpochMs: epochMs.describe("When they said so") });
const RECEIPT_EXAMPLE = { subject: "ann@example.com", seq: 1, atEpochMs: 1_795_000_000_000 } as const;

export const LIST_RECEIPTS = describeOperation({
  id: "listReceipts",
  method: "GET",
  path: RECEIPTS,
  tag: PEOPLE_TAG,
  summary: "Who has read a message",
  description: "A receipt holds for all that comes before it too. A page may hold fewer than asked, or none.",
  action: "message.read",
  query: z.strictObject({
    channel: channelId,
    seq: queriedSeq.describe("The number of the message"),
    limit: z.coerce.number().int().min(1).max(RECEIPT_LIST_MAX).default(LIMIT_DEFAULT).describe("At most so many"),
    cursor: z.string().min(1).max(CURSOR_CHARACTERS_MAX).optional().describe("From the page before"),
  }),
  success: {
    status: 200,
    description: "A page of receipts; with a cursor where more may follow",
    schema: z.object({ receipts: z.array(ReceiptShown), cursor: z.string().optional() }),
    example: { receipts: [RECEIPT_EXAMPLE] },
  },
});

export const NOTE_RECEIPT = describeOperation({
  id: "noteReceipt",
  method: "PUT",
  path: RECEIPTS,
  tag: PEOPLE_TAG,
  summary: "Say that one has read a channel up to a message",
  action: "message.read",
  body: z.strictObject({ channel: channelId, seq }),
  bodyExample: { channel: "channel:deploys", seq: 1 },
  success: {
    status: 200,
    description: "The caller's receipt: it never falls",
    schema: ReceiptShown,
    example: RECEIPT_EXAMPLE,
  },
});

export const SEE_PRESENCE = describeOperation({
  id: "seePresence",
  method: "GET",
  path: "/api/people/presence",
  tag: PEOPLE_TAG,
  summary: "Who is connected, within ten seconds of the truth",
  action: "message.read",
  success: {
    status: 200,
    description: "By subject",
    schema: z.object({
      members: z.array(
        z.object({
          subject: z.string(),
          role: z.enum(ROLES),
          connections: z.int().min(1),
          sinceEpochMs: epochMs.describe("Since when one of them is"),
        }),
      ),
      isWhole: z.boolean().describe("False where there are more connections than one answer is made of"),
    }),
    example: {
      members: [{ subject: "ann@example.com", role: "developer", connections: 2, sinceEpochMs: 1_795_000_000_000 }],
      isWhole: true,
    },
  },
});

export const MAKE_TICKET = describeOperation({
  id: "makeTicket",
  method: "POST",
  path: "/api/people/tickets",
  tag: PEOPLE_TAG,
  summary: "Get a ticket that opens one WebSocket in the caller's name",
  description: "It is good once and for some seconds: for pages that should not show their token to a socket.",
  action: "message.read",
  success: {
    status: 201,
    description: "The ticket",
    schema: z.object({ ticket: z.string(), expiresAtEpochMs: epochMs }),
    example: { ticket: "eyJ0aWNrZXRJZCI6Ii4uLiJ9.sLr2", expiresAtEpochMs: 1_795_000_030_000 },
  },
});

export const MESSAGE_DESCRIPTIONS = [
  ...[PUBLISH_MESSAGE, LIST_MESSAGES, LIST_CHANNELS, SET_UP_CHANNEL, REMOVE_CHANNEL],
  ...[LIST_RECEIPTS, NOTE_RECEIPT, SEE_PRESENCE, MAKE_TICKET],
] as const;
