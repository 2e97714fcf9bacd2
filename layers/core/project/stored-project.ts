import * as z from "zod";
import { RUN_END_REASONS } from "../ports/runner.ts";
import type { Item } from "../ports/table.ts";
import { projectKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { type Project, RUN_ENVIRONMENTS, RUN_QUOTAS } from "./project.ts";
import { TECHS } from "./tech.ts";

function makeSchemas() {
  const epochMs = z.int().min(0);
  const words = z.record(z.string(), z.string());
  const ordered = {
    runId: z.string(),
    term: z.int().min(1),
    workspace: z.string().exactOptional(),
    command: z.string(),
    environmentName: z.enum(RUN_ENVIRONMENTS),
    environment: words,
    added: words,
    port: z.int().exactOptional(),
    memoryBytes: z.int().min(1),
    graceMs: z.int().min(0),
    orderedAtEpochMs: epochMs,
    taken: z.array(z.object({ quota: z.enum(RUN_QUOTAS), amount: z.int().min(1), repairs: z.int().min(0) })),
    place: z.string().exactOptional(),
  };
  const startedAtEpochMs = epochMs.exactOptional();
  const end = z.object({
    reason: z.enum(RUN_END_REASONS),
    exitCode: z.int().exactOptional(),
    signal: z.string().exactOptional(),
    detail: z.string().exactOptional(),
    atEpochMs: epochMs,
  });
  const run = z.discriminatedUnion("state", [
    z.object({ ...ordered, state: z.literal("starting") }),
    z.object({ ...ordered, state: z.literal("running"), startedAtEpochMs: epochMs }),
    z.object({ ...ordered, state: z.literal("stopping"), stopAskedAtEpochMs: epochMs, startedAtEpochMs }),
    z.object({ ...ordered, state: z.literal("ended"), startedAtEpochMs, end }),
  ]);
  const moment = { uploadId: z.string(), offeredAtEpochMs: epochMs };
  const upload = z.object({
    ...moment,
    region: z.string(),
    bytes: z.int().min(1),
    sha256: z.string(),
    unpackedBytes: z.int().min(0),
    entryCount: z.int().min(0),
    acceptedAtEpochMs: epochMs,
  });
  const document = z.object({
    name: z.string(),
    workspace: z.string(),
    placeDigest: z.string(),
    tech: z.enum(TECHS).exactOptional(),
    stack: z.array(z.string()),
    isStackGiven: z.literal(true).exactOptional(),
    upload: upload.exactOptional(),
    removedUpload: z.object(moment).exactOptional(),
    start: z.object({ command: z.string(), from: z.string() }).exactOptional(),
    environment: words,
    wantedPorts: z.array(z.int()),
    registeredAtEpochMs: epochMs,
    changedAtEpochMs: epochMs,
    run: run.exactOptional(),
  });
  const item = z.object({ revision: z.int().min(1), term: z.int().min(0), document: z.string() });
  return { document, item };
}

let schemas: ReturnType<typeof makeSchemas> | undefined;

/** What lies under a project's key is none. */
export class ProjectCorrupt extends Error {
  readonly code = "project_corrupt";
  readonly projectId: string;
  constructor(projectId: string, options: { cause: unknown }) {
    super(`the stored project ${projectId} can't be read`, options);
    this.name = "ProjectCorrupt";
    this.projectId = projectId;
  }
}

/** Kept as text but for what conditions are about: names in an environment are not for a store to read. */
export function projectItem({ tenantId, projectId, revision, term, ...document }: Project, writeId: string): Item {
  return { ...projectKey(tenantId, projectId), revision, term, writeId, document: JSON.stringify(document) };
}

/** @throws {ProjectCorrupt} */
export function readProject(tenantId: TenantId, item: Item): Project {
  schemas ??= makeSchemas();
  try {
    const { document, revision, term } = schemas.item.parse(item);
    return { tenantId, projectId: item.sk, revision, term, ...schemas.document.parse(JSON.parse(document)) };
  } catch (cause) {
    throw new ProjectCorrupt(item.sk, { cause });
  }
}
