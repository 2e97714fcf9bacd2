import * as z from "zod";
import type { PushOutcome } from "../../core/ports/push.ts";

/** What a process asks another to say to connections that it holds. */
export interface PushOrder {
  readonly gateway: string;
  readonly connectionIds: readonly string[];
  readonly texts: readonly string[];
}

export interface CloseOrder {
  readonly gateway: string;
  readonly connectionId: string;
  readonly code: number;
  readonly reason: string;
}

export const SEND_PATH = "/send";
export const CLOSE_PATH = "/close";

const pushOrder = z.object({ gateway: z.string(), connectionIds: z.array(z.string()), texts: z.array(z.string()) });
const closeOrder = z.object({
  gateway: z.string(),
  connectionId: z.string(),
  code: z.int().min(1_000).max(4_999),
  reason: z.string(),
});
const outcomes = z.object({ outcomes: z.array(z.enum(["sent", "gone", "behind", "unreachable"])) });

/** Undefined of what is none. */
export const parsePushOrder = (body: string): PushOrder | undefined => read(pushOrder, body);
export const parseCloseOrder = (body: string): CloseOrder | undefined => read(closeOrder, body);
export const parseOutcomes = (body: string): readonly PushOutcome[] | undefined => read(outcomes, body)?.outcomes;

function read<Value>(schema: z.ZodType<Value>, body: string): Value | undefined {
  try {
    return schema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
