import type { ChannelId } from "../message/channel.ts";
import type { ItemKey } from "../ports/table.ts";
import type { TenantId } from "../tenant/tenant-id.ts";

/**
 * Every key of every store, and nowhere else: a record without its tenant can't be written.
 * Shapes are pinned by `test/layers/core/store/keys.test.ts`; a change is a migration.
 */

const tenantPartition = (tenantId: TenantId): string => `TENANT#${tenantId}`;

/** A tenant's partition for one kind of record, so that no kind can fill another's pages. */
export const recordPartition = (tenantId: TenantId, kind: RecordKind): string => `${tenantPartition(tenantId)}#${kind}`;

/** How what a tenant left is erased once its grace is over. */
export type Erasure =
  /** All of it lies in the kind's one partition, which is emptied. */
  | { readonly erasedBy: "partition" }
  /** Each record has a partition of its own, that nobody can list, and is over by itself so long after its last write. */
  | { readonly erasedBy: "expiry"; readonly secondsMax: number }
  /** As `partition`, but only once everything else is gone: it tells of the tenant until then. */
  | { readonly erasedBy: "partition-at-last" }
  /** It lies with the fleet and only leads to others of the tenant's records: who follows it and finds none takes it away. */
  | { readonly erasedBy: "following" }
  /** It stands for the tenant itself: its last write makes a tombstone of it, or takes it out of the fleet's lists. */
  | { readonly erasedBy: "burial" };

/** Every kind of record. One that does not say how it is erased does not compile. */
export const RECORD_KINDS = {
  RECIPE: { erasedBy: "partition" },
  QUOTA: { erasedBy: "partition" },
  RECONCILED: { erasedBy: "partition" },
  "API-KEY": { erasedBy: "partition" },
  "OAUTH-GRANT": { erasedBy: "partition" },
  "USER-SESSION": { erasedBy: "expiry", secondsMax: 24 * 60 * 60 },
  "USER-SESSION-INDEX": { erasedBy: "partition" },
  "MCP-SESSION": { erasedBy: "expiry", secondsMax: 24 * 60 * 60 },
  "MCP-FEED": { erasedBy: "partition" },
  RATE: { erasedBy: "partition" },
  "USAGE-SOURCE": { erasedBy: "partition" },
  "USAGE-HOUR": { erasedBy: "partition" },
  "USAGE-DAY": { erasedBy: "partition" },
  "USAGE-MONTH": { erasedBy: "partition" },
  "USAGE-MARK": { erasedBy: "expiry", secondsMax: 21 * 24 * 60 * 60 },
  JOB: { erasedBy: "partition" },
  "JOB-OPEN": { erasedBy: "partition" },
  "JOB-REQUEST": { erasedBy: "partition" },
  "JOB-NOTE": { erasedBy: "partition" },
  "JOB-SCHEDULE": { erasedBy: "partition" },
  "JOB-MARK": { erasedBy: "following" },
  PROJECT: { erasedBy: "partition" },
  "PROJECT-WORKSPACE": { erasedBy: "partition" },
  "PROJECT-UPLOAD": { erasedBy: "partition" },
  "PROJECT-LOG": { erasedBy: "partition" },
  "PROJECT-RUN": { erasedBy: "expiry", secondsMax: 25 * 60 * 60 },
  "PROJECT-PORT": { erasedBy: "expiry", secondsMax: 25 * 60 * 60 },
  CHANNEL: { erasedBy: "partition" },
  MESSAGE: { erasedBy: "partition" },
  RECEIPT: { erasedBy: "partition" },
  LANE: { erasedBy: "partition" },
  CONNECTION: { erasedBy: "partition" },
  "CONNECTION-SPREAD": { erasedBy: "partition" },
  TICKET: { erasedBy: "partition" },
  QUESTION: { erasedBy: "partition" },
  "QUESTION-OPEN": { erasedBy: "partition" },
  GATEWAY: { erasedBy: "expiry", secondsMax: 60 * 60 },
  "PLAN-DAY": { erasedBy: "partition" },
  INVOICE: { erasedBy: "partition-at-last" },
  AUDIT: { erasedBy: "partition-at-last" },
  "AUDIT-HEAD": { erasedBy: "partition-at-last" },
  TENANT: { erasedBy: "burial" },
  "TENANT-INDEX": { erasedBy: "burial" },
  "TENANT-ERASURE": { erasedBy: "burial" },
} as const satisfies Readonly<Record<string, Erasure>>;

export type RecordKind = keyof typeof RECORD_KINDS;

/** A tenant's own record: who it is, who its members are and what it may do. */
export const tenantKey = (tenantId: TenantId): ItemKey => ({ pk: recordPartition(tenantId, "TENANT"), sk: "TENANT" });

/** That there is such a tenant, beside all others: those who run the fleet are a tenant themselves, and it is theirs. */
export const tenantIndexKey = (fleet: TenantId, tenantId: TenantId): ItemKey => ({
  pk: recordPartition(fleet, "TENANT-INDEX"),
  sk: tenantId,
});

/** That a tenant is to be erased, in the order of the moments from which on. */
export const tenantErasureKey = (
  fleet: TenantId,
  due: { readonly atEpochMs: number; readonly of: string },
): ItemKey => ({
  pk: recordPartition(fleet, "TENANT-ERASURE"),
  sk: `${String(due.atEpochMs).padStart(EPOCH_MS_DIGITS, "0")}#${due.of}`,
});
/** Enough for the next 280 years. */
const EPOCH_MS_DIGITS = 13;

/** An entry of the audit log, in the order of the numbers. */
export const auditKey = (tenantId: TenantId, seq: number): ItemKey => ({
  pk: recordPartition(tenantId, "AUDIT"),
  sk: String(seq).padStart(AUDIT_SEQ_DIGITS, "0"),
});
/** Of the largest safe whole number. */
const AUDIT_SEQ_DIGITS = 16;

/** How far the audit log goes: what shows that its end was cut off. */
export const auditHeadKey = (tenantId: TenantId): ItemKey => ({
  pk: recordPartition(tenantId, "AUDIT-HEAD"),
  sk: "HEAD",
});

export const recipeKey = (tenantId: TenantId, recipeId: string): ItemKey => ({
  pk: recordPartition(tenantId, "RECIPE"),
  sk: recipeId,
});

/** How much of one quota a tenant uses. */
export const quotaKey = (tenantId: TenantId, quota: string): ItemKey => ({
  pk: recordPartition(tenantId, "QUOTA"),
  sk: quota,
});

/** Up to which tenant the counts of quotas have been compared with what there is. */
export const reconciledUpToKey = (fleet: TenantId): ItemKey => ({
  pk: recordPartition(fleet, "RECONCILED"),
  sk: "TENANT",
});

/** One user session a partition: a thousand writes a second is the limit of a partition. */
export const userSessionKey = (tenantId: TenantId, sessionId: string): ItemKey => ({
  pk: `${recordPartition(tenantId, "USER-SESSION")}#${sessionId}`,
  sk: "SESSION",
});

/** That a tenant has begun a user session. An id that is used again begins another one. */
export const userSessionIndexKey = (
  tenantId: TenantId,
  begun: { readonly sessionId: string; readonly atEpochMs: number },
): ItemKey => ({
  pk: recordPartition(tenantId, "USER-SESSION-INDEX"),
  sk: `${begun.sessionId}#${String(begun.atEpochMs).padStart(EPOCH_MS_DIGITS, "0")}`,
});

/** One legacy MCP session a partition, with its calls beside it. */
const mcpSessionPartition = (tenantId: TenantId, sessionId: string): string =>
  `${recordPartition(tenantId, "MCP-SESSION")}#${sessionId}`;

export const mcpSessionKey = (tenantId: TenantId, sessionId: string): ItemKey => ({
  pk: mcpSessionPartition(tenantId, sessionId),
  sk: "SESSION",
});

/** Who reads the session's own stream now: the last to come. */
export const mcpListenerKey = (tenantId: TenantId, sessionId: string): ItemKey => ({
  pk: mcpSessionPartition(tenantId, sessionId),
  sk: "LISTENER",
});

export const mcpCallKey = (tenantId: TenantId, sessionId: string, callId: string): ItemKey => ({
  pk: mcpSessionPartition(tenantId, sessionId),
  sk: `CALL#${callId}`,
});

/** A client's own request id may be longer than a key, so its digest stands here. */
export const mcpCancelKey = (tenantId: TenantId, sessionId: string, requestDigest: string): ItemKey => ({
  pk: mcpSessionPartition(tenantId, sessionId),
  sk: `CANCEL#${requestDigest}`,
});

/** In the order of time; `unique` keeps two changes of one moment apart. */
export const feedKey = (tenantId: TenantId, position: string, unique: string): ItemKey => ({
  pk: recordPartition(tenantId, "MCP-FEED"),
  sk: `${position}#${unique}`,
});

export const apiKeyKey = (tenantId: TenantId, keyId: string): ItemKey => ({
  pk: recordPartition(tenantId, "API-KEY"),
  sk: keyId,
});

/** What a member has allowed a program. */
export const oauthGrantKey = (tenantId: TenantId, grantId: string): ItemKey => ({
  pk: recordPartition(tenantId, "OAUTH-GRANT"),
  sk: grantId,
});

/** What a tenant may still ask in one region. */
export const rateBucketKey = (tenantId: TenantId, region: string): ItemKey => ({
  pk: recordPartition(tenantId, "RATE"),
  sk: region,
});

/** What a newcomer may still ask in one region. Of no tenant: they belong to none yet. */
export const arrivalBucketKey = (subjectDigest: string, region: string): ItemKey => ({
  pk: `ARRIVAL#${subjectDigest}`,
  sk: region,
});

/** What one counter of one process has come to in one hour, by the region that writes it. Hours as `2027-01-31T09`. */
export const usageSourceKey = (
  tenantId: TenantId,
  counter: { readonly region: string; readonly hour: string; readonly source: string },
): ItemKey => ({
  pk: recordPartition(tenantId, "USAGE-SOURCE"),
  sk: `${counter.region}#${counter.hour}#${counter.source}`,
});

export type UsageSumKind = "USAGE-HOUR" | "USAGE-DAY" | "USAGE-MONTH";

/** What a tenant has used in one region in an hour, a day (`2027-01-31`) or a month (`2027-01`). */
export const usageSumKey = (
  tenantId: TenantId,
  sum: { readonly kind: UsageSumKind; readonly period: string; readonly region: string },
): ItemKey => ({ pk: recordPartition(tenantId, sum.kind), sk: `${sum.period}#${sum.region}` });

/** That an hour of a tenant has changed in a region, in the order of the moments at which it did. */
export const usageMarkKey = (
  fleet: TenantId,
  mark: { readonly region: string; readonly windowEpochMs: number; readonly hour: string; readonly of: string },
): ItemKey => ({
  pk: usageMarkPartition(fleet, mark.region),
  sk: `${String(mark.windowEpochMs).padStart(EPOCH_MS_DIGITS, "0")}#${mark.hour}#${mark.of}`,
});
export const usageMarkPartition = (fleet: TenantId, region: string): string =>
  `${recordPartition(fleet, "USAGE-MARK")}#${region}`;

/** A job's id begins with the time of its submission: they lie in that order. */
export const jobKey = (tenantId: TenantId, jobId: string): ItemKey => ({
  pk: recordPartition(tenantId, "JOB"),
  sk: jobId,
});

/** That a job has not ended since it was driven for the so-manieth time. */
export const jobEntryKey = (
  tenantId: TenantId,
  driven: { readonly jobId: string; readonly drive: number },
): ItemKey => ({ pk: recordPartition(tenantId, "JOB-OPEN"), sk: `${driven.jobId}#${driven.drive}` });

/** Which job a request has made. `by` keeps the names that callers choose apart from ours. */
export const jobRequestKey = (
  tenantId: TenantId,
  request: { readonly by: "CALLER" | "SCHEDULE"; readonly name: string },
): ItemKey => ({ pk: recordPartition(tenantId, "JOB-REQUEST"), sk: `${request.by}#${request.name}` });

/** What a job has written down for its later runs. */
export const jobNoteKey = (tenantId: TenantId, note: { readonly jobId: string; readonly name: string }): ItemKey => ({
  pk: recordPartition(tenantId, "JOB-NOTE"),
  sk: `${note.jobId}#${note.name}`,
});

export const jobScheduleKey = (tenantId: TenantId, scheduleId: string): ItemKey => ({
  pk: recordPartition(tenantId, "JOB-SCHEDULE"),
  sk: scheduleId,
});

/** That a tenant may have open jobs, schedules or questions that a region looks after. */
export const jobMarkKey = (fleet: TenantId, mark: { readonly region: string; readonly of: string }): ItemKey => ({
  pk: jobMarkPartition(fleet, mark.region),
  sk: mark.of,
});
export const jobMarkPartition = (fleet: TenantId, region: string): string =>
  `${recordPartition(fleet, "JOB-MARK")}#${region}`;

export const projectKey = (tenantId: TenantId, projectId: string): ItemKey => ({
  pk: recordPartition(tenantId, "PROJECT"),
  sk: projectId,
});

/** Which project has a folder. A path may be longer than a key, so its digest stands here. */
export const projectWorkspaceKey = (tenantId: TenantId, placeDigest: string): ItemKey => ({
  pk: recordPartition(tenantId, "PROJECT-WORKSPACE"),
  sk: placeDigest,
});

/** An archive that may be, or has become, a project's workspace. */
export const projectUploadKey = (
  tenantId: TenantId,
  upload: { readonly projectId: string; readonly uploadId: string },
): ItemKey => ({ pk: recordPartition(tenantId, "PROJECT-UPLOAD"), sk: `${upload.projectId}#${upload.uploadId}` });

/** That a run of a project may not have ended in a region, for who looks after all runs there. */
export const projectRunKey = (
  fleet: TenantId,
  run: { readonly region: string; readonly of: string; readonly projectId: string; readonly runId: string },
): ItemKey => ({
  pk: projectRunPartition(fleet, run.region),
  sk: `${run.of}#${run.projectId}#${run.runId}`,
});
export const projectRunPartition = (fleet: TenantId, region: string): string =>
  `${recordPartition(fleet, "PROJECT-RUN")}#${region}`;

/** Who has a port: of all tenants where they share a machine, `holder` being those who run it, or of one tenant. */
export const projectPortKey = (holder: TenantId, at: { readonly region: string; readonly port: number }): ItemKey => ({
  pk: projectPortPartition(holder, at.region),
  sk: String(at.port).padStart(PORT_DIGITS, "0"),
});
export const projectPortPartition = (holder: TenantId, region: string): string =>
  `${recordPartition(holder, "PROJECT-PORT")}#${region}`;
/** Of 65535. */
const PORT_DIGITS = 5;

/** A channel to which something was sent, or that somebody has set up. */
export const channelKey = (tenantId: TenantId, channel: ChannelId): ItemKey => ({
  pk: recordPartition(tenantId, "CHANNEL"),
  sk: channel,
});

/** The names of all channels that people name, and how many they are. No id of a channel has capitals. */
export const channelNamesKey = (tenantId: TenantId): ItemKey => ({
  pk: recordPartition(tenantId, "CHANNEL"),
  sk: "NAMES",
});

/** Messages of a channel that were stored together, by the number of the first. */
export const messagesKey = (
  tenantId: TenantId,
  at: { readonly channel: ChannelId; readonly seq: number },
): ItemKey => ({
  pk: recordPartition(tenantId, "MESSAGE"),
  sk: `${messagesPrefix(at.channel)}${String(at.seq).padStart(SEQ_DIGITS, "0")}`,
});
/** The sign ends the channel's name, so that `channel:a` never lists `channel:ab`. */
export const messagesPrefix = (channel: ChannelId): string => `${channel}#`;
/** Of the largest safe whole number. */
const SEQ_DIGITS = 16;

/** Up to which message of a channel a member has read. */
export const receiptKey = (
  tenantId: TenantId,
  of: { readonly channel: ChannelId; readonly subjectDigest: string },
): ItemKey => ({ pk: recordPartition(tenantId, "RECEIPT"), sk: `${receiptPrefix(of.channel)}${of.subjectDigest}` });
export const receiptPrefix = (channel: ChannelId): string => `${channel}#`;

/** How far a channel was delivered to one part of the tenant's connections. */
export const laneKey = (
  tenantId: TenantId,
  lane: { readonly channel: ChannelId; readonly shard: number },
): ItemKey => ({ pk: recordPartition(tenantId, "LANE"), sk: `${lane.channel}#${lane.shard}` });

/** Whose a connection is. Of no tenant: it is what leads to one. */
export const connectionKey = (connectionId: string): ItemKey => ({ pk: `SOCKET#${connectionId}`, sk: "SOCKET" });

/** A connection beside the others of its part, those of one member together. */
export const connectionPlaceKey = (
  tenantId: TenantId,
  place: { readonly shard: number; readonly subjectDigest: string; readonly connectionId: string },
): ItemKey => ({
  pk: recordPartition(tenantId, "CONNECTION"),
  sk: `${connectionMemberPrefix(place)}${place.connectionId}`,
});
export const connectionShardPrefix = (shard: number): string => `${String(shard).padStart(SHARD_DIGITS, "0")}#`;
export const connectionMemberPrefix = (of: { readonly shard: number; readonly subjectDigest: string }): string =>
  `${connectionShardPrefix(of.shard)}${of.subjectDigest}#`;
const SHARD_DIGITS = 5;

/** Into how many parts a tenant's connections are divided. */
export const connectionSpreadKey = (tenantId: TenantId): ItemKey => ({
  pk: recordPartition(tenantId, "CONNECTION-SPREAD"),
  sk: "SPREAD",
});

/** That a ticket was used. */
export const ticketKey = (tenantId: TenantId, ticketId: string): ItemKey => ({
  pk: recordPartition(tenantId, "TICKET"),
  sk: ticketId,
});

/** A question's id begins with the time at which it was asked: they lie in that order. */
export const questionKey = (tenantId: TenantId, questionId: string): ItemKey => ({
  pk: recordPartition(tenantId, "QUESTION"),
  sk: questionId,
});

/** That a question is open, by the moment at which it is over. */
export const questionOpenKey = (
  tenantId: TenantId,
  of: { readonly questionId: string; readonly expiresAtEpochMs: number },
): ItemKey => ({
  pk: recordPartition(tenantId, "QUESTION-OPEN"),
  sk: `${String(of.expiresAtEpochMs).padStart(EPOCH_MS_DIGITS, "0")}#${of.questionId}`,
});

/** A process that holds connections, and until when it is known to live. */
export const gatewayKey = (fleet: TenantId, gateway: string): ItemKey => ({
  pk: recordPartition(fleet, "GATEWAY"),
  sk: gateway,
});

/** The plan that a tenant had on a day (`2027-01-31`). */
export const planDayKey = (tenantId: TenantId, day: string): ItemKey => ({
  pk: recordPartition(tenantId, "PLAN-DAY"),
  sk: day,
});

/** The invoice of a month (`2027-01`). */
export const invoiceKey = (tenantId: TenantId, month: string): ItemKey => ({
  pk: recordPartition(tenantId, "INVOICE"),
  sk: month,
});

/** Where the log of a run lies. */
export const projectLogRunKey = (
  tenantId: TenantId,
  run: { readonly projectId: string; readonly runId: string },
): ItemKey => ({
  pk: recordPartition(tenantId, "PROJECT-LOG"),
  sk: `${run.projectId}#RUN#${run.runId}`,
});

/** Up to when the log of a project was cleared. */
export const projectLogClearedKey = (tenantId: TenantId, projectId: string): ItemKey => ({
  pk: recordPartition(tenantId, "PROJECT-LOG"),
  sk: `${projectId}#CLEARED`,
});

/** The folder of a project's log, also on disks that do not tell capitals from small letters. */
export const projectLogFolder = (tenantId: TenantId, projectId: string): string =>
  `${tenantLogFolder(tenantId)}${projectId}`.replace(/[A-Z]/g, (capital) => `.${capital.toLowerCase()}`);
/** The slash ends the tenant's name here too. */
export const tenantLogFolder = (tenantId: TenantId): string => `${LOG_FOLDERS}/${tenantId}/`;
/** All tenants' folders, for what deletes what is over. */
export const LOG_FOLDERS = "log";

export const cacheKey = (tenantId: TenantId, kind: CacheKind, key: string): string =>
  `${tenantPartition(tenantId)}#${kind}#${key}`;

export type CacheKind = "BAKE" | "USER-SESSION";

/** The slash ends the tenant's name, so that `acme` never lists `acme-two`. */
export const blobKey = (tenantId: TenantId, kind: BlobKind, key: string): string =>
  `${blobKindPrefix(kind)}${tenantId}/${key}`;

/** All tenants' blobs of one kind, for what deletes those that are over: the kind comes first, so that a rule can name it. */
export const blobKindPrefix = (kind: BlobKind): string => `${kind}/`;

/** Every kind of blob. All are erased by their tenant's prefix; most are over sooner by a rule of their own. */
export const BLOB_KINDS = ["mcp-call", "job-input", "job-result", "run-order", "workspace"] as const;
export type BlobKind = (typeof BLOB_KINDS)[number];

/** The embedded blob store's index of its files. A blob's key carries its tenant already. */
export const blobRowKey = (key: string): ItemKey => ({ pk: BLOB_ROWS, sk: key });
export const BLOB_ROWS = "BLOB";
export const blobUploadKey = (uploadId: string): ItemKey => ({ pk: `BLOB-UPLOAD#${uploadId}`, sk: "UPLOAD" });
export const blobPartKey = (uploadId: string, part: number): ItemKey => ({
  pk: `BLOB-UPLOAD#${uploadId}`,
  sk: `PART#${String(part).padStart(5, "0")}`,
});

/** Where somebody belongs. Of no tenant: it is what leads to one. */
export const homeKey = (subjectDigest: string): ItemKey => ({ pk: `HOME#${subjectDigest}`, sk: "HOME" });

/** Where nothing ever lies: to see whether a table answers. */
export const PROBE_KEY: ItemKey = { pk: "PROBE", sk: "PROBE" };
