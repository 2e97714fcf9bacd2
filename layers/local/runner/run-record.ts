import * as z from "zod";
import {
  GRACE_MS_MAX,
  RUN_END_REASONS,
  RUN_ID_PATTERN,
  type RunOrder,
  type RunRef,
  type RunStatus,
  type RunUsage,
} from "../../core/ports/runner.ts";
import { type Result, refused } from "../../core/result.ts";
import { parseTenantId, type TenantId } from "../../core/tenant/tenant-id.ts";
import { RUN_HOST } from "./run-environment.ts";

/** A run as the runner keeps it on the disk. */
export interface RunRecord {
  readonly tenantId: TenantId;
  readonly order: RunOrder;
  /** Where its folder really lies. */
  readonly folder: string;
  readonly life: RunLife;
}

export type RunLife =
  | { readonly state: "starting" }
  | { readonly state: "running"; readonly startedAtEpochMs: number; readonly leader: Leader }
  | Ended;

export type Ended = Omit<
  Extract<RunStatus, { readonly state: "exited" }>,
  "runId" | "projectId" | "place" | "usage"
> & {
  readonly usage?: RunUsage;
};

/** The process that was launched: the head of its group. */
export interface Leader {
  readonly pid: number;
  /** Undefined where it ended before it was looked at. */
  readonly startedAt?: string | undefined;
}

/** Names a run among those of all tenants; the processes of the run carry it. */
export function markerOf(folderMark: string, tenantId: TenantId, { runId }: RunRef): string {
  return `${folderMark}${tenantId}/${runId}`;
}

const PLACE = "local";

export function statusOf({ order, life }: RunRecord, now?: { usage?: RunUsage; isListening?: boolean }): RunStatus {
  const { runId, projectId, port } = order;
  const facts = { runId, projectId, place: PLACE };
  if (life.state === "starting") return { ...facts, state: "starting" };
  if (life.state === "exited") return { ...facts, ...life };
  return {
    ...facts,
    ...(now?.usage !== undefined && { usage: now.usage }),
    state: "running",
    startedAtEpochMs: life.startedAtEpochMs,
    ...(port !== undefined && { address: { host: RUN_HOST, port } }),
    ...(port !== undefined && now?.isListening !== undefined && { isListening: now.isListening }),
  };
}

const PORT_MAX = 65_535;
const amount = z.number().nonnegative();
const argv = z.tuple([z.string().min(1)], z.string());

export const ORDER = z.strictObject({
  runId: z.string().regex(RUN_ID_PATTERN),
  projectId: z.string().min(1),
  command: z.union([z.strictObject({ argv }), z.strictObject({ shell: z.string().min(1) })]),
  workingDirectory: z.string(),
  environment: z.record(z.string(), z.string()),
  port: z.int().min(1).max(PORT_MAX).exactOptional(),
  limits: z.strictObject({
    cpuSeconds: amount.exactOptional(),
    cpuShare: amount,
    memoryBytes: amount,
    outputBytes: amount.exactOptional(),
    diskBytes: amount,
    processCount: amount,
    lifetimeMs: amount,
  }),
  graceMs: z.number().min(0).max(GRACE_MS_MAX),
});

export const USAGE = z.strictObject({
  cpuMs: amount.exactOptional(),
  memoryBytes: amount.exactOptional(),
  processCount: amount.exactOptional(),
  outputBytes: amount.exactOptional(),
  diskBytes: amount.exactOptional(),
});

export const STARTING = z.strictObject({ state: z.literal("starting") });
export const EXITED = z.strictObject({
  state: z.literal("exited"),
  reason: z.enum(RUN_END_REASONS),
  exitCode: z.int().exactOptional(),
  signal: z.string().exactOptional(),
  detail: z.string().exactOptional(),
  startedAtEpochMs: z.number().exactOptional(),
  endedAtEpochMs: z.number(),
  usage: USAGE.exactOptional(),
});

const LIFE = z.discriminatedUnion("state", [
  STARTING,
  z.strictObject({
    state: z.literal("running"),
    startedAtEpochMs: z.number(),
    leader: z.strictObject({ pid: z.int(), startedAt: z.string().optional() }),
  }),
  EXITED,
]);

export const TENANT = z.string().transform((raw, context) => {
  const parsed = parseTenantId(raw);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: "custom", message: parsed.problem.reason });
  return z.NEVER;
});

const RECORD = z.strictObject({ tenantId: TENANT, order: ORDER, folder: z.string(), life: LIFE });

export type Malformed = { readonly reason: "malformed"; readonly why: string };

export const parseRecord = (raw: unknown): Result<RunRecord, Malformed> => parsed(RECORD, raw);

export function parsed<T>(schema: z.ZodType<T>, raw: unknown): Result<T, Malformed> {
  const { success, data, error } = schema.safeParse(raw);
  return success ? { ok: true, value: data } : refused({ reason: "malformed", why: z.prettifyError(error) });
}
