import type { FrontDoor } from "../../core/deployment/function-shape.ts";

/**
 * A whole reply as JSON, escapes and base64 included. Sources: Lambda quotas, 6 MB for a buffered reply; Elastic Load
 * Balancing, "Lambda functions as targets", 1 MB (both read 2026-11-20).
 */
export const BUFFERED_REPLY_BYTES_MAX: Readonly<Record<FrontDoor, number>> = {
  rest: 6 * 1024 * 1024,
  alb: 1_000_000,
};

/** How long before the end of a function's time its call is over: for the handler to say how far it came. */
export const ABORT_MARGIN_MS = 1_500;

/** How long before that end the caller is answered for a handler that has not stopped. */
export const CUT_MARGIN_MS = 500;

/** How long before that end a work begins nothing more: longer than what it is at then takes, a slow store included. */
export const WORK_MARGIN_MS = 8_000;
