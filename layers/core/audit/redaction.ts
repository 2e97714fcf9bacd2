import type { Json } from "../ports/table.ts";
import type { Actor, AuditBody, AuditedFields, AuditTarget } from "./audit-entry.ts";
import { AUDIT_LIST_MAX, AUDIT_NAME_CHARACTERS_MAX, AUDIT_TEXT_CHARACTERS_MAX } from "./limits.ts";

/**
 * What may lie in the audit log: the fields of an entry, by name, each of its own kind, and of bounded size. Whatever
 * else a caller hands over is left out, and a text that looks like a credential is not shown, whatever field it is in.
 */
export function auditable(body: AuditBody): { readonly [name: string]: Json } {
  return {
    phase: body.phase,
    changeId: identifier(body.changeId),
    actor: auditableActor(body.actor),
    action: body.action,
    target: auditableTarget(body.target),
    ...(body.before === undefined ? {} : { before: auditableFields(body.before) }),
    ...(body.after === undefined ? {} : { after: auditableFields(body.after) }),
    ...(body.reason === undefined ? {} : { reason: identifier(body.reason) }),
    ...(body.count === undefined ? {} : { count: body.count }),
  };
}

function auditableActor({ tenantId, subject, role, credential, remoteAddress, requestId }: Actor): Json {
  return {
    tenantId,
    subject: identifier(subject),
    role,
    credential,
    remoteAddress: identifier(remoteAddress),
    requestId: identifier(requestId),
  };
}

function auditableTarget({ kind, id }: AuditTarget): Json {
  return { kind, id: identifier(id) };
}

type Reader = (value: unknown) => Json | undefined;

const readIdentifier: Reader = (value) => (typeof value === "string" ? identifier(value) : undefined);
const readProse: Reader = (value) => (typeof value === "string" ? prose(value) : undefined);
const readNumber: Reader = (value) => (Number.isFinite(value) ? Number(value) : undefined);
const readNames: Reader = (value) => {
  if (!Array.isArray(value)) return readIdentifier(value);
  return value
    .filter((name) => typeof name === "string")
    .slice(0, AUDIT_LIST_MAX)
    .map(listed);
};
const readAmounts: Reader = (value) => {
  if (typeof value !== "object" || value === null) return undefined;
  const amounts = Object.entries(value).filter(([, amount]) => Number.isFinite(amount));
  return Object.fromEntries(amounts.slice(0, AUDIT_LIST_MAX).map(([name, amount]) => [listed(name), amount]));
};

const FIELD_READERS: Readonly<Record<keyof AuditedFields, Reader>> = {
  name: readProse,
  status: readIdentifier,
  plan: readIdentifier,
  toolkits: readNames,
  regions: readNames,
  role: readIdentifier,
  scopes: readNames,
  amounts: readAmounts,
  environmentNames: readNames,
  sha256: readIdentifier,
  suspendReason: readProse,
  expiresAtEpochMs: readNumber,
  eraseAfterEpochMs: readNumber,
  overlapSeconds: readNumber,
  deletedBy: readIdentifier,
  deletedAtEpochMs: readNumber,
  auditHead: readIdentifier,
};

function auditableFields(fields: AuditedFields): Json {
  const given = new Map<string, unknown>(Object.entries(fields));
  const shown: [string, Json][] = [];
  for (const [name, read] of Object.entries(FIELD_READERS)) {
    const value = read(given.get(name));
    if (value !== undefined) shown.push([name, value]);
  }
  return Object.fromEntries(shown);
}

const REDACTED = "[redacted]";

/** An API key of ours or of others, a JSON Web Token, an authorization header, a private key in PEM. */
const CREDENTIAL =
  /(?:^|[^a-z0-9])[spr]k[_-][a-z0-9_-]{16}|eyJ[\w-]{8,}\.[\w-]{8,}|(?:bearer|basic)\s+\S{16}|-----BEGIN /i;
/** A run of characters as random bytes give it in base64 or base64url: some words people write are as long. */
const RANDOM_RUN = /[\w+/=-]{32,}/;

/** What is made by machines. A subject may be as random as a secret is, and still has to be told. */
function identifier(text: string): string {
  return CREDENTIAL.test(text) ? REDACTED : clipped(text);
}

/** What people write. */
function prose(text: string): string {
  const run = RANDOM_RUN.exec(text)?.[0] ?? "";
  return CREDENTIAL.test(text) || (/[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run)) ? REDACTED : clipped(text);
}

function listed(name: string): string {
  return CREDENTIAL.test(name) ? REDACTED : clipped(name, AUDIT_NAME_CHARACTERS_MAX);
}

/** A pair of surrogates that the cut parts is no longer well-formed, and no store could hold it. */
function clipped(text: string, charactersMax = AUDIT_TEXT_CHARACTERS_MAX): string {
  return text.slice(0, charactersMax).toWellFormed();
}
