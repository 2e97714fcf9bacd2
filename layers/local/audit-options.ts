import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { AuditFilter } from "../core/audit/audit-list.ts";
import type { AuditMark } from "../core/audit/verify-audit.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { parseTenantId, type TenantId } from "../core/tenant/tenant-id.ts";
import { DATA_DIR_USUAL } from "./places.ts";

export const AUDIT_HELP = `Reads the audit log of a cell's data folder, also while the cell runs, or that of a deployed stage.

  npm run audit -- --verify [--tenant ID [--mark N:HASH]] [--data DIR | --stage NAME [--region REGION]]
  npm run audit -- --list --tenant ID [--from TIME] [--before TIME] [--subject NAME]
                   [--data DIR | --stage NAME [--region REGION]]

  --verify         whether every entry is the one that was written; ends with 1 where one is not, and names the first
  --list           what was done, the last first
  --tenant ID      one tenant's log, or fleet for the fleet's own; --verify takes all when left out
  --mark N:HASH    the end of the log that an earlier --verify told: it must still be part of it
  --from TIME      only from this moment on, as 2027-01-31T12:00:00Z
  --before TIME    only before this moment
  --subject NAME   only what this subject did
  --data DIR       folder that holds all state of the cell (.skein)
  --stage NAME     the stage of lib/plan.ts instead, read with your AWS credentials, wherever AWS's own tools find them
  --region REGION  which of the stage's regions is asked (its first)
  --help           print this and end
`;

/** A stage as it was named: whether the plan has it, whoever opens it knows. */
export interface NamedStage {
  readonly stage: string;
  /** Undefined for its first. */
  readonly region: string | undefined;
}

/** Where the log is. */
export type AuditPlace = { readonly dataDir: string } | NamedStage;

export type AuditCommand =
  | {
      readonly name: "verify";
      readonly place: AuditPlace;
      /** Undefined for all there are. */
      readonly tenantId: TenantId | undefined;
      readonly marks: readonly AuditMark[];
    }
  | { readonly name: "list"; readonly place: AuditPlace; readonly tenantId: TenantId; readonly filter: AuditFilter };

export type AuditOptionsProblem = { readonly reason: "option_wrong"; readonly messages: readonly string[] };

const OPTIONS = {
  verify: { type: "boolean" },
  list: { type: "boolean" },
  tenant: { type: "string" },
  mark: { type: "string" },
  from: { type: "string" },
  before: { type: "string" },
  subject: { type: "string" },
  data: { type: "string" },
  stage: { type: "string" },
  region: { type: "string" },
  help: { type: "boolean" },
} as const;

/** `help` when that was asked for; else what to do, or everything that is wrong with it at once. */
export function readAuditOptions(
  args: readonly string[],
  workingDir: string,
): Result<AuditCommand | "help", AuditOptionsProblem> {
  const messages: string[] = [];
  const given = parsed(args, messages);
  if (given?.help === true) return ok("help");
  if (given === undefined) return refused({ reason: "option_wrong", messages });
  if (given.verify === given.list) messages.push("it takes either --verify or --list");
  const place = readPlace(given, { workingDir, messages });
  const tenantId = readTenant(given.tenant, messages);
  const command: AuditCommand | undefined =
    given.list === true
      ? listCommand(given, { place, tenantId }, messages)
      : { name: "verify", place, tenantId, marks: readMarks(given, messages) };
  if (command === undefined || messages.length > 0) return refused({ reason: "option_wrong", messages });
  return ok(command);
}

type Given = NonNullable<ReturnType<typeof parsed>>;

function parsed(args: readonly string[], messages: string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: false, options: OPTIONS }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    messages.push(error.message);
    return undefined;
  }
}

function listCommand(
  given: Given,
  { place, tenantId }: { readonly place: AuditPlace; readonly tenantId: TenantId | undefined },
  messages: string[],
): AuditCommand | undefined {
  if (given.mark !== undefined) messages.push("--mark goes with --verify");
  const fromEpochMs = readMoment("--from", given.from, messages);
  const beforeEpochMs = readMoment("--before", given.before, messages);
  if (given.tenant === undefined) messages.push("--list needs --tenant");
  if (tenantId === undefined) return undefined;
  return { name: "list", place, tenantId, filter: { fromEpochMs, beforeEpochMs, subject: given.subject } };
}

function readPlace(
  { data, stage, region }: Given,
  { workingDir, messages }: { readonly workingDir: string; readonly messages: string[] },
): AuditPlace {
  if (stage === undefined) {
    if (region !== undefined) messages.push("--region goes with --stage");
    return { dataDir: resolve(workingDir, data ?? DATA_DIR_USUAL) };
  }
  if (data !== undefined) messages.push("it takes either --data or --stage");
  return { stage, region };
}

function readTenant(text: string | undefined, messages: string[]): TenantId | undefined {
  if (text === undefined) return undefined;
  const parsedId = parseTenantId(text);
  if (parsedId.ok) return parsedId.value;
  messages.push(`--tenant ${text} can't be the id of a tenant: it has lower-case letters, digits and inner hyphens`);
  return undefined;
}

function readMarks(given: Given, messages: string[]): readonly AuditMark[] {
  for (const name of ["from", "before", "subject"] as const) {
    if (given[name] !== undefined) messages.push(`--${name} goes with --list`);
  }
  if (given.mark === undefined) return [];
  if (given.tenant === undefined) messages.push("--mark needs --tenant: it is of one log");
  const [, seq, hash] = /^([1-9]\d{0,15}):([\w-]{43})$/.exec(given.mark) ?? [];
  if (seq !== undefined && hash !== undefined) return [{ seq: Number(seq), hash }];
  messages.push(`--mark ${given.mark} is no end of a log; it is a number and a hash, as --verify prints it`);
  return [];
}

function readMoment(name: string, text: string | undefined, messages: string[]): number | undefined {
  if (text === undefined) return undefined;
  const epochMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(epochMs)) return epochMs;
  messages.push(`${name} ${text} is no moment; it is a date, or a date and a time, as 2027-01-31T12:00:00Z`);
  return undefined;
}
