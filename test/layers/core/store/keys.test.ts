import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import { channelOf } from "../../../../layers/core/message/channel.ts";
import {
  apiKeyKey,
  arrivalBucketKey,
  auditHeadKey,
  auditKey,
  BLOB_ROWS,
  blobKey,
  blobPartKey,
  blobRowKey,
  blobUploadKey,
  cacheKey,
  channelKey,
  channelNamesKey,
  connectionKey,
  connectionPlaceKey,
  connectionSpreadKey,
  feedKey,
  gatewayKey,
  invoiceKey,
  jobEntryKey,
  jobKey,
  jobMarkKey,
  jobNoteKey,
  jobRequestKey,
  jobScheduleKey,
  laneKey,
  mcpCallKey,
  mcpCancelKey,
  mcpListenerKey,
  mcpSessionKey,
  messagesKey,
  oauthGrantKey,
  PROBE_KEY,
  planDayKey,
  projectKey,
  projectLogClearedKey,
  projectLogFolder,
  projectLogRunKey,
  projectPortKey,
  projectRunKey,
  projectUploadKey,
  projectWorkspaceKey,
  questionKey,
  questionOpenKey,
  quotaKey,
  rateBucketKey,
  receiptKey,
  recipeKey,
  reconciledUpToKey,
  recordPartition,
  tenantErasureKey,
  tenantIndexKey,
  tenantKey,
  ticketKey,
  usageMarkKey,
  usageSourceKey,
  usageSumKey,
  userSessionIndexKey,
  userSessionKey,
} from "../../../../layers/core/store/keys.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const everyone = channelOf({ kind: "everyone" }, sha256);

/** Literals on purpose: what is stored under these keys outlives the code, so a change here is a migration. */
test("keys are what they always were", () => {
  expect({
    partition: recordPartition(acme, "RECIPE"),
    recipe: recipeKey(acme, "r1"),
    quota: quotaKey(acme, "recipes"),
    reconciledUpTo: reconciledUpToKey(acme),
    rateBucket: rateBucketKey(acme, "eu-west-1"),
    arrivalBucket: arrivalBucketKey("digest", "eu-west-1"),
    apiKey: apiKeyKey(acme, "0123456789abcdef"),
    oauthGrant: oauthGrantKey(acme, "g1"),
    userSession: userSessionKey(acme, "u1"),
    userSessionIndex: userSessionIndexKey(acme, { sessionId: "u1", atEpochMs: 60_000 }),
    mcpSession: mcpSessionKey(acme, "s1"),
    mcpListener: mcpListenerKey(acme, "s1"),
    mcpCall: mcpCallKey(acme, "s1", "c1"),
    mcpCancel: mcpCancelKey(acme, "s1", "digest"),
    feed: feedKey(acme, "001793491200000", "abc"),
    cache: cacheKey(acme, "BAKE", "k"),
    blob: blobKey(acme, "mcp-call", "s1/c1"),
    blobRow: blobRowKey("mcp-call/acme/s1/c1"),
    blobUpload: blobUploadKey("up1"),
    blobPart: blobPartKey("up1", 7),
    tenant: tenantKey(acme),
    tenantIndex: tenantIndexKey(tenant("fleet"), acme),
    tenantErasure: tenantErasureKey(tenant("fleet"), { atEpochMs: 1_793_491_200_000, of: "acme" }),
    audit: auditKey(acme, 42),
    auditHead: auditHeadKey(acme),
    usageSource: usageSourceKey(acme, { region: "eu-west-1", hour: "2027-01-31T09", source: "p.0" }),
    usageSum: usageSumKey(acme, { kind: "USAGE-DAY", period: "2027-01-31", region: "eu-west-1" }),
    usageMark: usageMarkKey(tenant("fleet"), {
      region: "eu-west-1",
      windowEpochMs: 60_000,
      hour: "2027-01-31T09",
      of: acme,
    }),
    job: jobKey(acme, "job_1"),
    jobEntry: jobEntryKey(acme, { jobId: "job_1", drive: 2 }),
    jobRequest: jobRequestKey(acme, { by: "CALLER", name: "k1" }),
    jobNote: jobNoteKey(acme, { jobId: "job_1", name: "page" }),
    jobSchedule: jobScheduleKey(acme, "sch_1"),
    jobMark: jobMarkKey(tenant("fleet"), { region: "eu-west-1", of: "acme" }),
    project: projectKey(acme, "proj_1"),
    projectWorkspace: projectWorkspaceKey(acme, "digest"),
    projectUpload: projectUploadKey(acme, { projectId: "p1", uploadId: "u1" }),
    projectRun: projectRunKey(tenant("fleet"), { region: "local", of: "acme", projectId: "proj_1", runId: "r1" }),
    projectPort: projectPortKey(tenant("fleet"), { region: "local", port: 3000 }),
    projectLogRun: projectLogRunKey(acme, { projectId: "proj_1", runId: "r1" }),
    projectLogCleared: projectLogClearedKey(acme, "proj_1"),
    projectLog: projectLogFolder(acme, "proj_1aB"),
    channel: channelKey(acme, everyone),
    channelNames: channelNamesKey(acme),
    messages: messagesKey(acme, { channel: everyone, seq: 42 }),
    receipt: receiptKey(acme, { channel: everyone, subjectDigest: "digest" }),
    lane: laneKey(acme, { channel: everyone, shard: 3 }),
    connection: connectionKey("c1"),
    connectionPlace: connectionPlaceKey(acme, { shard: 3, subjectDigest: "digest", connectionId: "c1" }),
    connectionSpread: connectionSpreadKey(acme),
    ticket: ticketKey(acme, "t1"),
    question: questionKey(acme, "req-1"),
    questionOpen: questionOpenKey(acme, { questionId: "req-1", expiresAtEpochMs: 60_000 }),
    gateway: gatewayKey(tenant("fleet"), "g1"),
    planDay: planDayKey(acme, "2027-01-31"),
    invoice: invoiceKey(acme, "2027-01"),
  }).toEqual({
    partition: "TENANT#acme#RECIPE",
    recipe: { pk: "TENANT#acme#RECIPE", sk: "r1" },
    quota: { pk: "TENANT#acme#QUOTA", sk: "recipes" },
    reconciledUpTo: { pk: "TENANT#acme#RECONCILED", sk: "TENANT" },
    apiKey: { pk: "TENANT#acme#API-KEY", sk: "0123456789abcdef" },
    oauthGrant: { pk: "TENANT#acme#OAUTH-GRANT", sk: "g1" },
    rateBucket: { pk: "TENANT#acme#RATE", sk: "eu-west-1" },
    arrivalBucket: { pk: "ARRIVAL#digest", sk: "eu-west-1" },
    userSession: { pk: "TENANT#acme#USER-SESSION#u1", sk: "SESSION" },
    userSessionIndex: { pk: "TENANT#acme#USER-SESSION-INDEX", sk: "u1#0000000060000" },
    mcpSession: { pk: "TENANT#acme#MCP-SESSION#s1", sk: "SESSION" },
    mcpListener: { pk: "TENANT#acme#MCP-SESSION#s1", sk: "LISTENER" },
    mcpCall: { pk: "TENANT#acme#MCP-SESSION#s1", sk: "CALL#c1" },
    mcpCancel: { pk: "TENANT#acme#MCP-SESSION#s1", sk: "CANCEL#digest" },
    feed: { pk: "TENANT#acme#MCP-FEED", sk: "001793491200000#abc" },
    cache: "TENANT#acme#BAKE#k",
    blob: "mcp-call/acme/s1/c1",
    blobRow: { pk: "BLOB", sk: "mcp-call/acme/s1/c1" },
    blobUpload: { pk: "BLOB-UPLOAD#up1", sk: "UPLOAD" },
    blobPart: { pk: "BLOB-UPLOAD#up1", sk: "PART#00007" },
    tenant: { pk: "TENANT#acme#TENANT", sk: "TENANT" },
    tenantIndex: { pk: "TENANT#fleet#TENANT-INDEX", sk: "acme" },
    tenantErasure: { pk: "TENANT#fleet#TENANT-ERASURE", sk: "1793491200000#acme" },
    audit: { pk: "TENANT#acme#AUDIT", sk: "0000000000000042" },
    auditHead: { pk: "TENANT#acme#AUDIT-HEAD", sk: "HEAD" },
    usageSource: { pk: "TENANT#acme#USAGE-SOURCE", sk: "eu-west-1#2027-01-31T09#p.0" },
    usageSum: { pk: "TENANT#acme#USAGE-DAY", sk: "2027-01-31#eu-west-1" },
    usageMark: { pk: "TENANT#fleet#USAGE-MARK#eu-west-1", sk: "0000000060000#2027-01-31T09#acme" },
    job: { pk: "TENANT#acme#JOB", sk: "job_1" },
    jobEntry: { pk: "TENANT#acme#JOB-OPEN", sk: "job_1#2" },
    jobRequest: { pk: "TENANT#acme#JOB-REQUEST", sk: "CALLER#k1" },
    jobNote: { pk: "TENANT#acme#JOB-NOTE", sk: "job_1#page" },
    jobSchedule: { pk: "TENANT#acme#JOB-SCHEDULE", sk: "sch_1" },
    jobMark: { pk: "TENANT#fleet#JOB-MARK#eu-west-1", sk: "acme" },
    project: { pk: "TENANT#acme#PROJECT", sk: "proj_1" },
    projectWorkspace: { pk: "TENANT#acme#PROJECT-WORKSPACE", sk: "digest" },
    projectUpload: { pk: "TENANT#acme#PROJECT-UPLOAD", sk: "p1#u1" },
    projectRun: { pk: "TENANT#fleet#PROJECT-RUN#local", sk: "acme#proj_1#r1" },
    projectPort: { pk: "TENANT#fleet#PROJECT-PORT#local", sk: "03000" },
    projectLogRun: { pk: "TENANT#acme#PROJECT-LOG", sk: "proj_1#RUN#r1" },
    projectLogCleared: { pk: "TENANT#acme#PROJECT-LOG", sk: "proj_1#CLEARED" },
    projectLog: "log/acme/proj_1a.b",
    channel: { pk: "TENANT#acme#CHANNEL", sk: "everyone" },
    channelNames: { pk: "TENANT#acme#CHANNEL", sk: "NAMES" },
    messages: { pk: "TENANT#acme#MESSAGE", sk: "everyone#0000000000000042" },
    receipt: { pk: "TENANT#acme#RECEIPT", sk: "everyone#digest" },
    lane: { pk: "TENANT#acme#LANE", sk: "everyone#3" },
    connection: { pk: "SOCKET#c1", sk: "SOCKET" },
    connectionPlace: { pk: "TENANT#acme#CONNECTION", sk: "00003#digest#c1" },
    connectionSpread: { pk: "TENANT#acme#CONNECTION-SPREAD", sk: "SPREAD" },
    ticket: { pk: "TENANT#acme#TICKET", sk: "t1" },
    question: { pk: "TENANT#acme#QUESTION", sk: "req-1" },
    questionOpen: { pk: "TENANT#acme#QUESTION-OPEN", sk: "0000000060000#req-1" },
    gateway: { pk: "TENANT#fleet#GATEWAY", sk: "g1" },
    planDay: { pk: "TENANT#acme#PLAN-DAY", sk: "2027-01-31" },
    invoice: { pk: "TENANT#acme#INVOICE", sk: "2027-01" },
  });
  expect(BLOB_ROWS).toBe("BLOB");
  expect(PROBE_KEY).toEqual({ pk: "PROBE", sk: "PROBE" });
});

test("a tenant whose name begins like another's shares no key and no prefix with it", () => {
  const [short, long] = [acme, tenant("acme-two")];

  expect(recipeKey(long, "r").pk.startsWith(recipeKey(short, "r").pk)).toBe(false);
  expect(blobKey(long, "mcp-call", "").startsWith(blobKey(short, "mcp-call", ""))).toBe(false);
  expect(cacheKey(long, "BAKE", "").startsWith(cacheKey(short, "BAKE", ""))).toBe(false);
});

test("a tenant's name can't hold what separates it from the rest of a key", () => {
  for (const name of ["acme#RECIPE", "acme/blob", "", "ACME", "acme ", "-acme", "a".repeat(64)]) {
    expect(() => tenant(name)).toThrow();
  }
});

test("keys are made in one file alone", () => {
  const root = resolve(import.meta.dirname, "../../../..");
  const sources = ["layers", "functions", "lib", "client", "scripts"].flatMap((top) => sourcesIn(join(root, top)));

  const makers = sources.filter((file) => readFileSync(file, "utf8").includes("TENANT#"));

  expect(sources.length).toBeGreaterThan(100);
  expect(makers.map((file) => relative(root, file))).toEqual([join("layers", "core", "store", "keys.ts")]);
});

function sourcesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:ts|js|mjs)$/.test(entry.name))
      .filter((entry) => !/node_modules|generated/.test(entry.parentPath))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (fault) {
    if (fault instanceof Error && "code" in fault && fault.code === "ENOENT") return []; // not every part is there yet
    throw fault;
  }
}
