import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import * as z from "zod";
import type { Item, ItemKey } from "../core/ports/table.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { toItem } from "./dynamo-value.ts";

/** One write to a table, of this region or another: a replica may have merged several into one. */
export interface TableChange {
  readonly key: ItemKey;
  /** Left out where there was nothing, or there is nothing any more. */
  readonly before?: Item;
  readonly after?: Item;
  /** Names the change within its shard; to be given back where it is not done. */
  readonly sequence: string;
  /** Whether the table's own expiry took the item away, and nobody else. */
  readonly expired: boolean;
}

const attribute: z.ZodType<AttributeValue> = z.lazy(() =>
  z.union([
    z.strictObject({ S: z.string() }),
    z.strictObject({ N: z.string() }),
    z.strictObject({ BOOL: z.boolean() }),
    z.strictObject({ NULL: z.literal(true) }),
    z.strictObject({ L: z.array(attribute) }),
    z.strictObject({ M: attributes }),
  ]),
);
const attributes = z.record(z.string(), attribute);

/** Source: Lambda developer guide, "Using Lambda with Amazon DynamoDB", and DynamoDB's on TTL (read 2026-11-21). */
const StreamEvent = z.object({
  Records: z
    .array(
      z.object({
        eventSource: z.literal("aws:dynamodb"),
        eventName: z.enum(["INSERT", "MODIFY", "REMOVE"]),
        userIdentity: z.object({ type: z.string(), principalId: z.string() }).nullish(),
        dynamodb: z.object({
          Keys: attributes,
          OldImage: attributes.optional(),
          NewImage: attributes.optional(),
          SequenceNumber: z.string().min(1),
        }),
      }),
    )
    .min(1),
});

/**
 * The changes that a table's stream gives to a function, in the order of its shard.
 *
 * @throws {AttributeUnreadable} for an item without our keys.
 */
export function readStreamEvent(
  raw: unknown,
): Result<readonly TableChange[], { readonly reason: "event_unreadable"; readonly detail: string }> {
  const event = StreamEvent.safeParse(raw);
  if (!event.success) {
    const fields = event.error.issues.map(({ path }) => path.join(".")).join(", ");
    return refused({ reason: "event_unreadable", detail: `no event of a table's stream: ${fields}` });
  }
  return ok(
    event.data.Records.map(({ dynamodb: { Keys, OldImage, NewImage, SequenceNumber }, userIdentity }) => {
      const { pk, sk } = toItem(Keys);
      return {
        key: { pk, sk },
        ...(OldImage !== undefined && { before: toItem(OldImage) }),
        ...(NewImage !== undefined && { after: toItem(NewImage) }),
        sequence: SequenceNumber,
        expired: userIdentity?.type === "Service" && userIdentity.principalId === "dynamodb.amazonaws.com",
      };
    }),
  );
}
