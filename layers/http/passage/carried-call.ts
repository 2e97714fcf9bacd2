import * as z from "zod";
import { RUN_NAME_BYTES_MAX } from "../../core/deployment/project-task.ts";
import { ok, type Result, refused } from "../../core/result.ts";

/**
 * What is agreed between the function behind the door, which knows whose call it is, and the one in the network of projects,
 * which knows nothing and does one request.
 */

const CarriedRequest = z.strictObject({
  /** Whose run it has to be that is there. */
  run: z.string().min(1).max(RUN_NAME_BYTES_MAX),
  /** An IPv4 address. */
  host: z.ipv4(),
  port: z.int().min(1).max(65_535),
  method: z.string().regex(/^[A-Z]{1,20}$/),
  /** With the query. */
  path: z.string().regex(/^\/[!-~]*$/),
  /** All that the project is told. */
  headers: z.record(
    z.string().regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/),
    z.string().regex(/^[\t\u0020-\u007e\u0080-\u00ff]*$/),
  ),
  /** In base64; left out where the request has none. */
  body: z.base64().optional(),
  /** Until the reply begins. */
  replyTimeoutMs: z.int().min(1),
  /** Until its end. */
  timeoutMs: z.int().min(1),
});
export type CarriedRequest = z.infer<typeof CarriedRequest>;

export function readCarriedRequest(raw: unknown): Result<CarriedRequest, { readonly fields: string }> {
  const read = CarriedRequest.safeParse(raw);
  return read.success
    ? ok(read.data)
    : refused({ fields: read.error.issues.map(({ path }) => path.join(".")).join(", ") });
}

/** Why there is no reply. In the first two cases nothing was sent: nobody is there, or somebody else. */
export const CARRIED_PROBLEMS = ["not_listening", "unreachable", "broken", "timed_out", "too_large"] as const;
export type CarriedProblem = (typeof CARRIED_PROBLEMS)[number];

const CarriedHead = z.union([
  z.strictObject({ problem: z.enum(CARRIED_PROBLEMS) }),
  z.strictObject({
    status: z.int().min(200).max(599),
    headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  }),
]);
export type CarriedHead = z.infer<typeof CarriedHead>;

/** @throws {z.ZodError} for what the carrier never tells. */
export const parseCarriedHead = (text: string): CarriedHead => CarriedHead.parse(JSON.parse(text));
