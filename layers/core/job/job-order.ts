import type { Json } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import type { Principal } from "../tenant/principal.ts";
import type { JobPriority } from "./job.ts";
import type { JobOrderInvalid, JobTooLarge } from "./job-problem.ts";
import { type ValueText, valueText } from "./job-values.ts";
import {
  IDEMPOTENCY_KEY_CHARACTERS_MAX,
  JOB_ATTEMPTS_MAX,
  JOB_DELAY_MS_MAX,
  JOB_INPUT_BYTES_MAX,
  JOB_KIND_CHARACTERS_MAX,
  JOB_TITLE_CHARACTERS_MAX,
} from "./limits.ts";

/** What somebody wants done. */
export interface JobOrder {
  /** Names the handler. */
  readonly kind: string;
  readonly title: string;
  readonly input: Json;
  readonly submitter: Principal;
  /** @default normal */
  readonly priority?: JobPriority;
  /** No worker claims it before. 0 to 7 days. @default 0 */
  readonly delayMs?: number;
  /** 1 to 10. @default 3 */
  readonly attemptsMax?: number;
  /** The same key again finds the job that it made, for six days. 1 to 255 printable ASCII characters. */
  readonly idempotencyKey?: string;
  /** Names what was asked with the key: the key with another digest is refused. */
  readonly requestDigest?: string;
}

/** Lower-case words, joined by dots and hyphens. */
const KIND_PATTERN = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;
const KEY_PATTERN = /^[\x20-\x7e]+$/;

/** The order's input as it is stored, where all of the order is as it may be. */
export function checkOrder(order: JobOrder): Result<ValueText, JobOrderInvalid | JobTooLarge> {
  const wrong = wrongField(order);
  if (wrong !== undefined) return refused({ reason: "job_order_invalid", ...wrong });
  return checkInput(order.input);
}

function checkInput(input: Json): Result<ValueText, JobTooLarge> {
  const value = valueText(input);
  if (value.bytes <= JOB_INPUT_BYTES_MAX) return ok(value);
  return refused({ reason: "job_too_large", part: "input", bytes: value.bytes, bytesMax: JOB_INPUT_BYTES_MAX });
}

function wrongField(order: JobOrder): { readonly field: string; readonly allowed: string } | undefined {
  const { idempotencyKey, delayMs = 0, attemptsMax = 1 } = order;
  if (!isKind(order.kind)) return { field: "kind", allowed: "lower-case words joined by dots and hyphens" };
  if (!isTitle(order.title)) return { field: "title", allowed: `1 to ${JOB_TITLE_CHARACTERS_MAX} characters` };
  if (!isWhole(delayMs, { min: 0, max: JOB_DELAY_MS_MAX }))
    return { field: "delayMs", allowed: `a whole number from 0 to ${JOB_DELAY_MS_MAX}` };
  if (!isWhole(attemptsMax, { min: 1, max: JOB_ATTEMPTS_MAX }))
    return { field: "attemptsMax", allowed: `a whole number from 1 to ${JOB_ATTEMPTS_MAX}` };
  if (idempotencyKey !== undefined && !isIdempotencyKey(idempotencyKey))
    return {
      field: "idempotencyKey",
      allowed: `1 to ${IDEMPOTENCY_KEY_CHARACTERS_MAX} printable ASCII characters`,
    };
  return undefined;
}

const isKind = (kind: string): boolean => kind.length <= JOB_KIND_CHARACTERS_MAX && KIND_PATTERN.test(kind);

const isTitle = (title: string): boolean =>
  title !== "" && title.length <= JOB_TITLE_CHARACTERS_MAX && title.isWellFormed();

const isIdempotencyKey = (key: string): boolean =>
  key.length <= IDEMPOTENCY_KEY_CHARACTERS_MAX && KEY_PATTERN.test(key);

export function isWhole(value: number, range: { readonly min: number; readonly max: number }): boolean {
  return Number.isSafeInteger(value) && value >= range.min && value <= range.max;
}
