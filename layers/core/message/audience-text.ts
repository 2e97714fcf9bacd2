import { ok, type Result, refused } from "../result.ts";
import { SUBJECT_CHARACTERS_MAX } from "../tenant/limits.ts";
import { isRole } from "../tenant/role.ts";
import { type Audience, isChannelName, isConnectionId } from "./channel.ts";

export type AudienceMalformed = { readonly reason: "audience_malformed"; readonly detail: string };

/**
 * Whom a text names, as people and programs write it: `everyone`, `role:viewer`, `member:<subject>`, `channel:deploys`,
 * `connection:<id>`. Whether there is anybody of that name it does not tell.
 */
export function parseAudience(raw: unknown): Result<Audience, AudienceMalformed> {
  const audience = typeof raw === "string" ? audienceOf(raw) : undefined;
  return audience === undefined ? MALFORMED : ok(audience);
}

/** As {@link parseAudience} reads it. */
export function audienceText(audience: Audience): string {
  switch (audience.kind) {
    case "everyone":
      return "everyone";
    case "role":
      return `role:${audience.role}`;
    case "member":
      return `member:${audience.subject}`;
    case "channel":
      return `channel:${audience.name}`;
    case "connection":
      return `connection:${audience.connectionId}`;
  }
}

function audienceOf(text: string): Audience | undefined {
  if (text === "everyone") return { kind: "everyone" };
  const colon = text.indexOf(":");
  const name = text.slice(colon + 1);
  switch (text.slice(0, Math.max(0, colon))) {
    case "role":
      return isRole(name) ? { kind: "role", role: name } : undefined;
    case "member":
      return name !== "" && name.length <= SUBJECT_CHARACTERS_MAX ? { kind: "member", subject: name } : undefined;
    case "channel":
      return isChannelName(name) ? { kind: "channel", name } : undefined;
    case "connection":
      return isConnectionId(name) ? { kind: "connection", connectionId: name } : undefined;
    default:
      return undefined;
  }
}

const MALFORMED = refused({
  reason: "audience_malformed",
  detail: "it is everyone, role:<role>, member:<subject>, channel:<name> or connection:<id>",
} as const);
