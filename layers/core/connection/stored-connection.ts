import * as z from "zod";
import { type ChannelId, parseChannelId } from "../message/channel.ts";
import type { Item } from "../ports/table.ts";
import { connectionKey, connectionPlaceKey } from "../store/keys.ts";
import type { Principal } from "../tenant/principal.ts";
import { isRole, ROLES } from "../tenant/role.ts";
import { SCOPES } from "../tenant/scope.ts";
import { parseTenantId, type TenantId } from "../tenant/tenant-id.ts";
import { type Connection, SOCKET_PROTOCOLS, type SocketProtocol } from "./connection.ts";
import { CONNECTION_KEPT_MS } from "./limits.ts";

/** A connection as it lies beside the others of its part: what has to be known to send something to it. */
export interface PlacedConnection
  extends Pick<
      Connection,
      "connectionId" | "gateway" | "protocol" | "shard" | "spread" | "joined" | "connectedAtEpochMs" | "endsAtEpochMs"
    >,
    Pick<Principal, "tenantId" | "subject" | "role" | "credential"> {
  readonly subjectDigest: string;
}

export function placedConnection({ principal, ...connection }: Connection, subjectDigest: string): PlacedConnection {
  const { tenantId, subject, role, credential } = principal;
  return { ...connection, ...{ tenantId, subject, role, credential, subjectDigest } };
}

/** What is written of a connection is none. */
export class ConnectionCorrupt extends Error {
  readonly code = "connection_corrupt";
  constructor(name: string) {
    super(`what is written of the connection ${name} can't be read`);
    this.name = "ConnectionCorrupt";
  }
}

/** It stays longer than the connection lives: who finds it then meters it. */
const expiryOf = ({ endsAtEpochMs }: Pick<Connection, "endsAtEpochMs">): number =>
  Math.ceil((endsAtEpochMs + CONNECTION_KEPT_MS) / 1_000);

export function storedConnection({ principal, connectionId, ...connection }: Connection): Item {
  const { tenantId, subject, role, scopes, credential } = principal;
  return {
    ...connectionKey(connectionId),
    ...connection,
    ...{ connectionId, tenantId, subject, role, scopes, credential },
    joins: 0,
    expiresAtEpochSeconds: expiryOf(connection),
  };
}

/** What its key says it does not say again: of a part all are read for one message. */
export function storedPlace(connection: Connection, subjectDigest: string): Item {
  const { principal, connectionId, gateway, protocol, shard, spread, joined, connectedAtEpochMs, endsAtEpochMs } =
    connection;
  const { tenantId, subject, role, credential } = principal;
  return {
    ...connectionPlaceKey(tenantId, { shard, subjectDigest, connectionId }),
    ...{ gateway, protocol, spread, joined, connectedAtEpochMs, endsAtEpochMs },
    ...{ subject, role, credential },
    joins: 0,
    expiresAtEpochSeconds: expiryOf(connection),
  };
}

function makeSchema() {
  return z.object({
    connectionId: z.string(),
    gateway: z.string(),
    tenantId: z.string(),
    subject: z.string(),
    role: z.enum(ROLES),
    scopes: z.array(z.enum(SCOPES)),
    credential: z.enum(["token", "api-key", "machine"]),
    protocol: z.enum(SOCKET_PROTOCOLS),
    shard: z.int().min(0),
    spread: z.int().min(1),
    joined: z.array(z.string()),
    joins: z.int().min(0),
    connectedAtEpochMs: z.number(),
    endsAtEpochMs: z.number(),
  });
}

let schema: ReturnType<typeof makeSchema> | undefined;

/** A connection, and how often it has joined or left a channel. */
export interface ReadConnection {
  readonly connection: Connection;
  readonly joins: number;
}

/** @throws {ConnectionCorrupt} */
export function readConnection(item: Item): ReadConnection {
  schema ??= makeSchema();
  const parsed = schema.safeParse(item);
  const tenantId = parseTenantId(parsed.data?.tenantId);
  if (!parsed.success || !tenantId.ok) throw new ConnectionCorrupt(item.pk);
  const { subject, role, scopes, credential, joins, joined, ...plain } = parsed.data;
  const principal: Principal = { tenantId: tenantId.value, subject, role, scopes, credential };
  const { connectionId, gateway, protocol, shard, spread, connectedAtEpochMs, endsAtEpochMs } = plain;
  return {
    connection: {
      ...{ connectionId, gateway, principal, protocol, shard, spread, connectedAtEpochMs, endsAtEpochMs },
      joined: channelsOf(joined),
    },
    joins,
  };
}

/** Undefined of what is none. Without a schema: of each part of a tenant all are read for each message. */
export function readPlace(tenantId: TenantId, item: Item): PlacedConnection | undefined {
  const { gateway, protocol, spread, joined, connectedAtEpochMs, endsAtEpochMs, subject, role, credential } = item;
  const [part, subjectDigest, connectionId] = item.sk.split("#");
  const shard = Number(part);
  if (!Number.isInteger(shard) || subjectDigest === undefined || connectionId === undefined) return undefined;
  if (typeof gateway !== "string" || typeof subject !== "string" || typeof spread !== "number") return undefined;
  if (typeof connectedAtEpochMs !== "number" || typeof endsAtEpochMs !== "number") return undefined;
  if (!isRole(role) || !isProtocol(protocol) || !isCredential(credential) || !Array.isArray(joined)) return undefined;
  return {
    ...{ tenantId, connectionId, gateway, subject, subjectDigest, role, credential, protocol, shard, spread },
    ...{ connectedAtEpochMs, endsAtEpochMs },
    joined: joined.length === 0 ? NONE : channelsOf(joined),
  };
}

const NONE: readonly ChannelId[] = [];

function channelsOf(raw: readonly unknown[]): readonly ChannelId[] {
  return raw.flatMap((one) => {
    const channel = parseChannelId(one);
    return channel.ok ? channel.value : [];
  });
}

const isProtocol = (raw: unknown): raw is SocketProtocol => SOCKET_PROTOCOLS.some((protocol) => protocol === raw);

const isCredential = (raw: unknown): raw is Principal["credential"] =>
  raw === "token" || raw === "api-key" || raw === "machine";
