import * as z from "zod";
import { JOINED_MAX } from "../../core/connection/limits.ts";
import { parseAudience } from "../../core/message/audience-text.ts";
import { type Audience, type ChannelId, isChannelName, parseChannelId } from "../../core/message/channel.ts";
import { parsedJson } from "../../core/parsed-json.ts";
import type { Json } from "../../core/ports/table.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import {
  CREDENTIAL_CHARACTERS_MAX,
  HISTORY_LIMIT_DEFAULT,
  HISTORY_LIMIT_MAX,
  MESSAGE_ID_CHARACTERS_MAX,
  POSITIONS_MAX,
  REQUEST_ID_CHARACTERS_MAX,
} from "./limits.ts";

/** For each channel the number of the last message that a client has. */
export type Positions = ReadonlyMap<ChannelId, number>;

/** What clients say: the first three as the Frontend Router's do, the others those of `skein.v1`. */
export type ClientFrame =
  | {
      readonly type: "connect";
      readonly token?: string | undefined;
      readonly ticket?: string | undefined;
      /** To be joined. */
      readonly channels: readonly ChannelId[];
      /** Where a client goes on that was connected before. */
      readonly after: Positions;
    }
  | { readonly type: "user_response"; readonly request_id: string; readonly answer: Json }
  | { readonly type: "disconnect" }
  | { readonly type: "ping" }
  | { readonly type: "ack"; readonly channel: ChannelId; readonly seq: number }
  | { readonly type: "message"; readonly to: Audience; readonly body: Json; readonly id?: string | undefined }
  | {
      readonly type: "history";
      readonly channel: ChannelId;
      readonly before?: number | undefined;
      readonly limit: number;
    }
  | { readonly type: "resume"; readonly after: Positions }
  | { readonly type: "presence" }
  | { readonly type: "join"; readonly channel: ChannelId }
  | { readonly type: "leave"; readonly channel: ChannelId };

export type ClientFrameType = ClientFrame["type"];

export type FrameProblem = {
  readonly reason: "frame_malformed" | "frame_unknown";
  /** What was wrong, in words for whoever wrote the client. */
  readonly detail: string;
  /** The frame's type, where it names one that there is. */
  readonly of?: ClientFrameType;
};

/** One text of a client. What a frame has besides is let be: clients of the Frontend Router send ids and times too. */
export function parseClientFrame(text: string): Result<ClientFrame, FrameProblem> {
  const raw = parsedJson(text);
  const type = typeof raw === "object" && raw !== null && "type" in raw ? raw.type : undefined;
  if (typeof type !== "string") return NO_FRAME;
  if (!isFrameType(type)) return UNKNOWN;
  const parsed = FRAMES[type].safeParse(raw);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const detail = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "wrong"}`;
  return refused({ reason: "frame_malformed", detail, of: type });
}

const channel = z.string().transform((text, { issues }): ChannelId => {
  const parsed = parseChannelId(text);
  if (parsed.ok) return parsed.value;
  issues.push({ code: "custom", input: text, message: "it is no channel" });
  return z.NEVER;
});

/** What can be joined: everything else reaches whom it is for without their doing. */
const named = channel.refine((id) => id.startsWith("channel:") && isChannelName(id.slice("channel:".length)), {
  message: "only a channel with a name can be joined: channel:<name>",
});

const audience = z.string().transform((text, { issues }): Audience => {
  const parsed = parseAudience(text);
  if (parsed.ok) return parsed.value;
  issues.push({ code: "custom", input: text, message: parsed.problem.detail });
  return z.NEVER;
});

const seq = z.int().min(0);

const positions = z
  .record(channel, seq)
  .refine((given) => Object.keys(given).length <= POSITIONS_MAX, { message: `at most ${POSITIONS_MAX} channels` })
  .transform((given): Positions => new Map(Object.entries(given).flatMap(entryOf)));

function entryOf([name, last]: readonly [string, number]): readonly (readonly [ChannelId, number])[] {
  const id = parseChannelId(name);
  return id.ok ? [[id.value, last]] : [];
}

/** Whatever JSON can say, but for nothing at all. */
const json = z.custom<Json>((value) => value !== undefined, { message: "it is missing" });

const credential = z.string().min(1).max(CREDENTIAL_CHARACTERS_MAX).optional();

const FRAMES = {
  connect: z.object({
    type: z.literal("connect"),
    token: credential,
    ticket: credential,
    channels: z.array(named).max(JOINED_MAX).default([]),
    after: positions.default(new Map()),
  }),
  user_response: z.object({
    type: z.literal("user_response"),
    request_id: z.string().min(1).max(REQUEST_ID_CHARACTERS_MAX),
    answer: json,
  }),
  disconnect: z.object({ type: z.literal("disconnect") }),
  ping: z.object({ type: z.literal("ping") }),
  ack: z.object({ type: z.literal("ack"), channel, seq }),
  message: z.object({
    type: z.literal("message"),
    to: audience,
    body: json,
    id: z.string().min(1).max(MESSAGE_ID_CHARACTERS_MAX).optional(),
  }),
  history: z.object({
    type: z.literal("history"),
    channel,
    before: seq.optional(),
    limit: z.int().min(1).max(HISTORY_LIMIT_MAX).default(HISTORY_LIMIT_DEFAULT),
  }),
  resume: z.object({ type: z.literal("resume"), after: positions }),
  presence: z.object({ type: z.literal("presence") }),
  join: z.object({ type: z.literal("join"), channel: named }),
  leave: z.object({ type: z.literal("leave"), channel: named }),
} as const satisfies { readonly [Type in ClientFrameType]: z.ZodType<Extract<ClientFrame, { readonly type: Type }>> };

const isFrameType = (type: string): type is ClientFrameType => Object.hasOwn(FRAMES, type);

const NO_FRAME = refused({
  reason: "frame_malformed",
  detail: "a frame is a JSON object with a type",
} as const);
const UNKNOWN = refused({
  reason: "frame_unknown",
  detail: `there is no such type; there are ${Object.keys(FRAMES).join(", ")}`,
} as const);
