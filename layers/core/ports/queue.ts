import type { Result } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";

export interface Message {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly body: string;
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** Names this delivery; a later delivery of the same message has another. */
  readonly receipt: string;
}

export interface DeadMessage {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly body: string;
  readonly receipt: string;
}

export type MessageTooLarge = {
  readonly reason: "message_too_large";
  readonly bytes: number;
  readonly bytesMax: number;
};

/**
 * Messages delivered at least once, in no promised order, with one tenant's backlog never starving another's
 * (the rule of SQS fair queues: a tenant with over 10 % of the messages in flight, and at least 30, waits behind
 * the others). A message received too often moves to the dead letters.
 */
export interface Queue {
  /**
   * Stored when it resolves. Visible after `delaySeconds` (0 to 900). A body has at least one character, and of the
   * control characters only tab, line feed and carriage return: JSON text fits.
   */
  send(
    tenantId: TenantId,
    message: { readonly body: string; readonly delaySeconds?: number },
  ): Promise<Result<{ readonly id: string }, MessageTooLarge>>;
  /**
   * Up to `max` (1 to 10) messages, each hidden from other receivers for `visibilitySeconds`.
   * Waits up to `waitSeconds` (0 to 20) for a first one.
   */
  receive(options: {
    readonly max: number;
    readonly visibilitySeconds: number;
    readonly waitSeconds: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly Message[]>;
  /** Done: never delivered again. Late (the message was given to another meanwhile) is not an error. */
  complete(receipt: string): Promise<void>;
  /** Hidden for `visibilitySeconds` from now; 0 gives it back at once. */
  extend(receipt: string, visibilitySeconds: number): Promise<void>;
  /** Up to `max` (1 to 10) dead letters, not removed by reading. */
  deadLetters(max: number): Promise<readonly DeadMessage[]>;
  /** Puts a dead letter back at the start of its life. */
  redrive(receipt: string): Promise<void>;
}

/**
 * Of a body, in UTF-8. Source: SQS quotas, "Message size" (read 2026-11-20): 1 MiB, attributes included. One KiB of it
 * is kept for the attributes that carry the tenant.
 */
export const MESSAGE_BYTES_MAX = 1023 * 1024;
/** Source: SQS quotas and the ReceiveMessage reference (read 2026-11-20). */
export const RECEIVE_COUNT_MAX = 10;
export const DELAY_SECONDS_MAX = 900;
export const WAIT_SECONDS_MAX = 20;
export const VISIBILITY_SECONDS_MAX = 43_200;
