import type { Digest } from "../ports/digest.ts";
import { ok, type Result, refused } from "../result.ts";
import { isRole, type Role } from "../tenant/role.ts";
import { CHANNEL_NAME_CHARACTERS_MAX, CONNECTION_ID_CHARACTERS_MAX } from "./limits.ts";

/** Whom a message is for, within one tenant. */
export type Audience =
  | { readonly kind: "everyone" }
  /** Those who have this very role, not those above it. */
  | { readonly kind: "role"; readonly role: Role }
  /** One person or program, however many connections they have. */
  | { readonly kind: "member"; readonly subject: string }
  /** Whoever has joined it. Any member may. */
  | { readonly kind: "channel"; readonly name: string }
  /** One connection, for as long as it lives. */
  | { readonly kind: "connection"; readonly connectionId: string };

/**
 * The name of an audience, under which its messages are numbered: `everyone`, `role:viewer`, `member:<digest>`,
 * `channel:deploys`, `connection:<id>`. Of one tenant, and never without it. The brand is given by this file alone.
 */
export type ChannelId = string & { readonly channelIdBrand: unique symbol };

/** A subject may be as long as its issuer likes, so its digest stands for it. */
export function channelOf(audience: Audience, digest: Digest): ChannelId {
  switch (audience.kind) {
    case "everyone":
      return "everyone" as ChannelId;
    case "role":
      return `role:${audience.role}` as ChannelId;
    case "member":
      return `member:${digest(audience.subject)}` as ChannelId;
    case "channel":
      return `channel:${audience.name}` as ChannelId;
    case "connection":
      return `connection:${audience.connectionId}` as ChannelId;
  }
}

export type ChannelMalformed = { readonly reason: "channel_malformed" };

/** From outside: a text that could be the id of a channel, whether or not anything was ever sent there. */
export function parseChannelId(raw: unknown): Result<ChannelId, ChannelMalformed> {
  return typeof raw === "string" && isChannelId(raw) ? ok(raw as ChannelId) : refused({ reason: "channel_malformed" });
}

function isChannelId(text: string): boolean {
  if (text === "everyone") return true;
  const colon = text.indexOf(":");
  const name = text.slice(colon + 1);
  switch (text.slice(0, Math.max(0, colon))) {
    case "role":
      return isRole(name);
    case "member":
      return DIGEST_PATTERN.test(name);
    case "channel":
      return isChannelName(name);
    case "connection":
      return isConnectionId(name);
    default:
      return false;
  }
}

const DIGEST_PATTERN = /^[A-Za-z0-9_-]{43}$/;
const CHANNEL_NAME_PATTERN = /^[a-z0-9][a-z0-9._-]*$/;
/** Those of API Gateway end in `=`. */
const CONNECTION_ID_PATTERN = /^[A-Za-z0-9_-]+={0,2}$/;

/** Of a channel that people name: small letters, digits, `.`, `_` and `-`. */
export const isChannelName = (name: string): boolean =>
  name.length <= CHANNEL_NAME_CHARACTERS_MAX && CHANNEL_NAME_PATTERN.test(name);

export const isConnectionId = (id: string): boolean =>
  id.length <= CONNECTION_ID_CHARACTERS_MAX && CONNECTION_ID_PATTERN.test(id);

/** Who asks to hear or to read, as far as channels tell people apart. */
export interface Hearer {
  readonly subject: string;
  readonly role: Role;
  /** Left out for who has none: they hear of no connection's own channel. */
  readonly connectionId?: string;
}

/** The channels that reach somebody without their doing. Those that people name have to be joined. */
export function ownChannels({ subject, role, connectionId }: Hearer, digest: Digest): readonly ChannelId[] {
  const audiences: readonly Audience[] = [
    { kind: "everyone" },
    { kind: "role", role },
    { kind: "member", subject },
    ...(connectionId === undefined ? [] : [{ kind: "connection", connectionId } as const]),
  ];
  return audiences.map((audience) => channelOf(audience, digest));
}

/** Whether somebody may read a channel of their tenant. Of any other it does not tell whether there is anything in it. */
export function mayHear(channel: ChannelId, hearer: Hearer, digest: Digest): boolean {
  return channel.startsWith("channel:") || ownChannels(hearer, digest).includes(channel);
}
