import type { PlacedConnection } from "../connection/stored-connection.ts";
import type { ChannelId } from "../message/channel.ts";
import type { Clock } from "../ports/clock.ts";
import { RecentReads } from "../recent-reads.ts";
import { roleOf } from "../tenant/identity.ts";
import type { Role } from "../tenant/role.ts";
import type { StandingLost, StandingOf } from "../tenant/standing.ts";
import { parseTenantId, type TenantId } from "../tenant/tenant-id.ts";
import type { TenantPolicies } from "../tenant/tenant-policies.ts";
import type { TenantPolicy } from "../tenant/tenant-policy.ts";
import { KEY_STANDING_FRESH_MS, KEY_STANDING_STALE_MS_MAX, KEY_STANDINGS_MAX } from "./limits.ts";

export interface HearersDeps {
  readonly policies: Pick<TenantPolicies, "policyOf">;
  /** Asked of API keys. */
  readonly standingOf: StandingOf;
  readonly clock: Clock;
}

/** A connection whose holder may not be there any more. */
export interface Barred {
  readonly connection: PlacedConnection;
  readonly why: StandingLost["reason"];
}

export interface Hearing {
  readonly hearers: readonly PlacedConnection[];
  /** Members who were removed, whether or not they would hear the channel; and keys that are over, of those that would. */
  readonly barred: readonly Barred[];
}

/**
 * Who of those that are connected hears a channel, as they stand now: a member who was removed, a key that was revoked and a
 * tenant that was suspended hear nothing within ten seconds, however long they stay connected.
 */
export class Hearers {
  readonly #policies: Pick<TenantPolicies, "policyOf">;
  readonly #keys: RecentReads<string, boolean>;

  constructor({ policies, standingOf, clock }: HearersDeps) {
    this.#policies = policies;
    this.#keys = new RecentReads({
      read: (name) => isKeyGood(standingOf, name),
      clock,
      freshMs: KEY_STANDING_FRESH_MS,
      staleMsMax: KEY_STANDING_STALE_MS_MAX,
      entriesMax: KEY_STANDINGS_MAX,
    });
  }

  async isActive(tenantId: TenantId): Promise<boolean> {
    return (await this.#policies.policyOf(tenantId))?.status === "active";
  }

  /** @param connections all of one tenant's. */
  async among(tenantId: TenantId, channel: ChannelId, connections: readonly PlacedConnection[]): Promise<Hearing> {
    const policy = await this.#policies.policyOf(tenantId);
    if (policy?.status !== "active") return { hearers: [], barred: [] };
    const hears = hearing(channel);
    const hearers: PlacedConnection[] = [];
    const barred: Barred[] = [];
    for (const connection of connections) {
      const role = roleNow(connection, policy);
      if (role === undefined) barred.push({ connection, why: "member_removed" });
      else if (hears(connection, role)) hearers.push(connection);
    }
    return this.#withGoodKeys(tenantId, { hearers, barred });
  }

  /** Waits for nothing where all keys are known, and for the others together. */
  async #withGoodKeys(tenantId: TenantId, { hearers, barred }: Hearing): Promise<Hearing> {
    const good = new Map<string, boolean>();
    const unknown: (readonly [subject: string, isGood: Promise<boolean>])[] = [];
    for (const { credential, subject } of hearers) {
      if (credential !== "api-key" || good.has(subject)) continue;
      const known = this.#keys.get(keyName(tenantId, subject));
      good.set(subject, known === true);
      if (typeof known !== "boolean") unknown.push([subject, known]);
    }
    await Promise.all(unknown.map(async ([subject, isGood]) => good.set(subject, await isGood)));
    const isOver = ({ credential, subject }: PlacedConnection) =>
      credential === "api-key" && good.get(subject) !== true;
    const over = hearers.filter(isOver);
    if (over.length === 0) return { hearers, barred };
    return {
      hearers: hearers.filter((one) => !isOver(one)),
      barred: [...barred, ...over.map(keyOver)],
    };
  }
}

/** What the credential said at the connection's beginning holds where the tenant's record does not name its holder. */
function roleNow({ subject, role }: PlacedConnection, policy: TenantPolicy): Role | undefined {
  return roleOf({ subject, claimedRole: role }, policy);
}

/** Made once for all connections that are asked. */
function hearing(channel: ChannelId): (connection: PlacedConnection, role: Role) => boolean {
  const colon = channel.indexOf(":");
  const name = channel.slice(colon + 1);
  switch (channel.slice(0, Math.max(0, colon))) {
    case "":
      return () => true;
    case "role":
      return (_, role) => role === name;
    case "member":
      return ({ subjectDigest }) => subjectDigest === name;
    case "connection":
      return ({ connectionId }) => connectionId === name;
    case "channel":
      return ({ joined }) => joined.includes(channel);
    default:
      return () => false;
  }
}

const keyOver = (connection: PlacedConnection): Barred => ({ connection, why: "api_key_over" });

/** No tenant's id has the sign between the two. */
const keyName = (tenantId: TenantId, subject: string): string => `${tenantId}#${subject}`;

async function isKeyGood(standingOf: StandingOf, name: string): Promise<boolean> {
  const cut = name.indexOf("#");
  const tenantId = parseTenantId(name.slice(0, cut));
  if (!tenantId.ok) return false;
  const subject = name.slice(cut + 1);
  const standing = await standingOf({
    tenantId: tenantId.value,
    subject,
    role: "viewer",
    scopes: [],
    credential: "api-key",
  });
  return standing.ok;
}
