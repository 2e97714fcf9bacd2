import {
  DELAY_SECONDS_MAX,
  MESSAGE_BYTES_MAX,
  type MessageTooLarge,
  RECEIVE_COUNT_MAX,
  VISIBILITY_SECONDS_MAX,
  WAIT_SECONDS_MAX,
} from "../ports/queue.ts";
import { ok, type Result, refused } from "../result.ts";
import { utf8Bytes } from "./key-order.ts";

/** A message no queue can hold, or a number no queue takes. A caller's mistake, so a fault. */
export class MessageMalformed extends Error {
  readonly code = "message_malformed";
  constructor(part: string, allowed: string) {
    super(`${part} is not ${allowed}`);
    this.name = "MessageMalformed";
  }
}

/**
 * What SQS takes as a body. Source: SendMessage reference (read 2026-11-20): #x9, #xA, #xD, #x20 to #xD7FF, #xE000 to
 * #xFFFD, #x10000 to #x10FFFF, at least one of them.
 */
const BODY_PATTERN = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]+$/u;

/** @throws {MessageMalformed} for a body or a delay that no queue takes. */
export function checkSend(message: {
  readonly body: string;
  readonly delaySeconds?: number;
}): Result<undefined, MessageTooLarge> {
  checkRange("delaySeconds", message.delaySeconds ?? 0, { min: 0, max: DELAY_SECONDS_MAX });
  const bytes = utf8Bytes(message.body);
  if (bytes > MESSAGE_BYTES_MAX) return refused({ reason: "message_too_large", bytes, bytesMax: MESSAGE_BYTES_MAX });
  if (!BODY_PATTERN.test(message.body)) throw new MessageMalformed("body", "text of at least one printable character");
  return ok();
}

/** @throws {MessageMalformed} for numbers that no queue takes. */
export function checkReceive(options: {
  readonly max: number;
  readonly visibilitySeconds: number;
  readonly waitSeconds: number;
}): void {
  checkCount(options.max);
  checkVisibility(options.visibilitySeconds);
  checkRange("waitSeconds", options.waitSeconds, { min: 0, max: WAIT_SECONDS_MAX });
}

/** @throws {MessageMalformed} */
export function checkCount(max: number): void {
  checkRange("max", max, { min: 1, max: RECEIVE_COUNT_MAX });
}

/** @throws {MessageMalformed} */
export function checkVisibility(visibilitySeconds: number): void {
  checkRange("visibilitySeconds", visibilitySeconds, { min: 0, max: VISIBILITY_SECONDS_MAX });
}

function checkRange(name: string, value: number, range: { readonly min: number; readonly max: number }): void {
  if (Number.isInteger(value) && value >= range.min && value <= range.max) return;
  throw new MessageMalformed(name, `a whole number from ${range.min} to ${range.max}`);
}
