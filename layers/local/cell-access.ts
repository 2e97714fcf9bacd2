import type { Shown, SocketParts } from "../../functions/sockets/socket-parts.ts";
import { type GateDoor, Tenancy } from "../../functions/tenancy.ts";
import type { DoorCall, HttpHandler, HttpRequest } from "../core/http/http-message.ts";
import type { Chance } from "../core/ports/chance.ts";
import { type Clock, nowEpochSeconds } from "../core/ports/clock.ts";
import { ok } from "../core/result.ts";
import { SCOPES } from "../core/tenant/scope.ts";
import { parseTenantId, type TenantId } from "../core/tenant/tenant-id.ts";
import { gate, type NewcomerHandler } from "../http/gate.ts";
import { isLoopbackAddress, LOOPBACK_NAMES } from "../identity/loopback.ts";
import { ROLE_CLAIM, TENANT_CLAIM } from "../identity/self-issuer.ts";
import type { TrustedIssuer } from "../identity/trusted-issuer.ts";
import type { CellStores } from "./cell-stores.ts";
import { FIRST_TENANT_LIMITS, FIRST_TOKEN_LIFETIME_SECONDS } from "./limits.ts";
import type { CellOptions } from "./options.ts";

/** The one region of a machine. */
export const LOCAL_REGION = "local";
/** The tenant that a new data folder begins with. */
export const FIRST_TENANT = "local";

export interface CellAccessParts {
  readonly options: Pick<CellOptions, "open" | "issuer" | "url" | "port">;
  readonly stores: CellStores;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly toolkits: ReadonlySet<string>;
  readonly report: (fault: unknown) => void;
}

/** Who may use a cell, and for what. */
export interface CellAccess {
  readonly tenancy: Tenancy;
  /** An owner's token, where this start has made the first tenant. */
  readonly firstToken: string | undefined;
  /** Resolves once the first tenant is stored: before, its token opens nothing to other processes. */
  readonly firstTenantStored: Promise<unknown>;
  /** Who is behind what somebody shows. */
  readonly authenticate: SocketParts["authenticate"];
  /** Lets those in to the handler who may. */
  gated(handler: HttpHandler, newcomers?: NewcomerHandler): HttpHandler<DoorCall>;
  /** Under which a caller reaches the cell; without a slash at the end. */
  baseUrl(request: HttpRequest): string;
}

/**
 * The first tenant is made while the cell goes on to open: only a call of that tenant waits for it.
 *
 * @throws {StoreFault} when it can't be looked for.
 */
export async function openAccess(parts: CellAccessParts): Promise<CellAccess> {
  const { options, stores, clock } = parts;
  const tenancy = new Tenancy({
    ...parts,
    state: stores.table,
    control: stores.table,
    hash: stores.secrets.hash,
    region: LOCAL_REGION,
    regions: new Set([LOCAL_REGION]),
    issuers: [stores.secrets.issuer.trusted, ...providers(options)],
  });
  const tenantId = firstTenantId();
  const authenticate = (shown: Shown) =>
    options.open ? openOrKnown(tenancy, tenantId, shown) : tenancy.authenticator.authenticate(shown.authorization);
  const gateDoor: GateDoor = {
    authenticate: ({ headers, remoteAddress }) =>
      authenticate({ authorization: headers.authorization, clientAddress: remoteAddress }),
    resourceMetadataUrl: (request) =>
      `${baseUrl(options, request)}/.well-known/oauth-protected-resource${resource(request)}`,
  };
  const isNew = (await tenancy.tenants.get(tenantId)) === undefined;
  const first = { tenantId, name: "Local", plan: "scale", limits: FIRST_TENANT_LIMITS };
  const firstTenantStored = isNew ? tenancy.begin(first) : Promise.resolve();
  return {
    tenancy,
    authenticate,
    firstTenantStored,
    firstToken: isNew ? ownersToken(stores, tenantId, clock) : undefined,
    gated: (handler, newcomers) =>
      gate(tenancy.gateParts({ ...gateDoor, ...(newcomers !== undefined && { newcomers }) }), handler),
    baseUrl: (request) => baseUrl(options, request),
  };
}

function firstTenantId(): TenantId {
  const tenantId = parseTenantId(FIRST_TENANT);
  if (!tenantId.ok) throw new TypeError(`${FIRST_TENANT} is a tenant's name`);
  return tenantId.value;
}

function providers({ issuer, ...reach }: CellAccessParts["options"]): readonly TrustedIssuer[] {
  if (issuer === undefined) return [];
  return [{ issuer, audiences: audiencesOf(reach), tenantClaim: TENANT_CLAIM, roleClaim: ROLE_CLAIM }];
}

/**
 * Whom a provider's tokens are for: the address by which callers reach the cell; without one, each by which whoever is on
 * the machine may call it.
 */
export function audiencesOf({ url, port }: { readonly url?: string | undefined; readonly port?: number }): string[] {
  const bases = url === undefined ? [...LOOPBACK_NAMES].map((name) => `http://${name}:${port}`) : [url];
  return bases.flatMap((base) => [`${base}/mcp`, base]);
}

/** Who brings a credential is held to it; who sits at the machine and brings none owns the first tenant. */
function openOrKnown({ authenticator }: Tenancy, tenantId: TenantId, { authorization, clientAddress }: Shown) {
  if (authorization !== undefined || !isLoopbackAddress(clientAddress)) {
    return authenticator.authenticate(authorization);
  }
  return ok({
    tenantId,
    subject: "machine:owner",
    claimedRole: "owner",
    scopes: SCOPES,
    credential: "machine",
  } as const);
}

function baseUrl({ url }: Pick<CellOptions, "url">, { headers }: HttpRequest): string {
  return url ?? `http://${headers.host ?? ""}`;
}

/** RFC 9728, section 3.1: the path of what is protected comes last. */
function resource({ path }: HttpRequest): string {
  return path === "/mcp" ? path : "";
}

function ownersToken({ secrets }: CellStores, tenantId: TenantId, clock: Clock): string {
  const grant = { tenantId, subject: "owner", role: "owner", scopes: SCOPES } as const;
  return secrets.issuer.issue({ ...grant, lifetimeSeconds: FIRST_TOKEN_LIFETIME_SECONDS }, nowEpochSeconds(clock));
}
