import * as z from "zod";
import type { RunOrder, RunStatus, RunUnknown, StartProblem } from "../../core/ports/runner.ts";
import type { Result } from "../../core/result.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { EXITED, type Malformed, ORDER, parsed, STARTING, TENANT, USAGE } from "./run-record.ts";

/** What cells and the runner say to each other, a line of JSON each. A runner may be of another version than a cell. */
export const PROTOCOL_VERSION = 1;

const REQUEST = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("start"), tenantId: TENANT, order: ORDER, folder: z.string() }),
  z.strictObject({ kind: z.literal("stop"), tenantId: TENANT, runId: z.string(), force: z.boolean() }),
  z.strictObject({ kind: z.literal("look"), tenantId: TENANT, runIds: z.array(z.string()) }),
]);

/** What a cell asks the runner for. `folder` is where the run's folder really lies: the cell knows whose it is. */
export type RunnerRequest =
  | { readonly kind: "start"; readonly tenantId: TenantId; readonly order: RunOrder; readonly folder: string }
  | { readonly kind: "stop"; readonly tenantId: TenantId; readonly runId: string; readonly force: boolean }
  | { readonly kind: "look"; readonly tenantId: TenantId; readonly runIds: readonly string[] };

const ENVELOPE = z.object({ id: z.int(), version: z.int(), request: z.unknown() });
export type RequestEnvelope = z.infer<typeof ENVELOPE>;

const FACTS = { runId: z.string(), projectId: z.string(), place: z.string(), usage: USAGE.exactOptional() };
const STATUS = z.discriminatedUnion("state", [
  STARTING.extend(FACTS),
  z.strictObject({
    ...FACTS,
    state: z.literal("running"),
    startedAtEpochMs: z.number(),
    address: z.strictObject({ host: z.string(), port: z.int() }).exactOptional(),
    isListening: z.boolean().exactOptional(),
  }),
  EXITED.extend(FACTS),
]);

const port = z.int();
const PROBLEM = z.discriminatedUnion("reason", [
  z.strictObject({ reason: z.literal("workspace_outside") }),
  z.strictObject({ reason: z.literal("workspace_missing") }),
  z.strictObject({ reason: z.literal("environment_refused"), name: z.string() }),
  z.strictObject({ reason: z.literal("order_too_large"), bytes: z.int(), bytesMax: z.int() }),
  z.strictObject({ reason: z.literal("port_reserved"), port }),
  z.strictObject({ reason: z.literal("port_taken"), port }),
  z.strictObject({ reason: z.literal("runner_full"), retryAfterSeconds: z.number() }),
]);

const DONE = z.strictObject({ ok: z.literal(true), value: STATUS });
const STARTED = z.union([DONE, z.strictObject({ ok: z.literal(false), problem: PROBLEM })]);
const STOPPED = z.union([
  DONE,
  z.strictObject({ ok: z.literal(false), problem: z.strictObject({ reason: z.literal("run_unknown") }) }),
]);

const REPLY = z.discriminatedUnion("kind", [
  z.strictObject({ id: z.int(), kind: z.literal("answer"), answer: z.unknown() }),
  z.strictObject({ id: z.int(), kind: z.literal("fault"), code: z.string(), message: z.string() }),
]);
export type ReplyEnvelope = z.infer<typeof REPLY>;

/** Each request's answer. */
export interface RunnerAnswers {
  readonly start: Result<RunStatus, StartProblem>;
  readonly stop: Result<RunStatus, RunUnknown>;
  readonly look: readonly RunStatus[];
}

/** The envelope first: it tells another version, whose requests this one can't read. */
export const parseEnvelope = (raw: unknown): Result<RequestEnvelope, Malformed> => parsed(ENVELOPE, raw);
export const parseRequest = (raw: unknown): Result<RunnerRequest, Malformed> => parsed(REQUEST, raw);
export const parseReply = (raw: unknown): Result<ReplyEnvelope, Malformed> => parsed(REPLY, raw);

export const parseStarted = (raw: unknown): Result<RunnerAnswers["start"], Malformed> => parsed(STARTED, raw);
export const parseStopped = (raw: unknown): Result<RunnerAnswers["stop"], Malformed> => parsed(STOPPED, raw);
export const parseLooked = (raw: unknown): Result<RunnerAnswers["look"], Malformed> => parsed(z.array(STATUS), raw);
