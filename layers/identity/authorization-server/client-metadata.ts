import { isIP } from "node:net";
import * as z from "zod";
import { ok, type Result, refused } from "../../core/result.ts";
import { CLIENT_NAME_CHARACTERS_MAX, REDIRECT_URIS_MAX } from "./limits.ts";
import type { OAuthProblem } from "./oauth-reply.ts";
import { isRedirectUri } from "./redirect-uri.ts";

/** What counts here of what a client says about itself: RFC 7591, section 2. */
export interface ClientMetadata {
  /** What it calls itself: nobody has checked it. */
  readonly name: string;
  readonly redirectUris: readonly string[];
  /** Whether it wants to go on once its first token is over. */
  readonly refreshes: boolean;
}

const Metadata = z.object({
  redirect_uris: z.array(z.string()).min(1).max(REDIRECT_URIS_MAX),
  client_name: z.string().max(CLIENT_NAME_CHARACTERS_MAX).default(""),
  grant_types: z.array(z.string()).default(["authorization_code"]),
});

export function readClientMetadata(raw: unknown): Result<ClientMetadata, OAuthProblem> {
  const given = Metadata.safeParse(raw);
  if (!given.success) return refused(metadataInvalid(z.prettifyError(given.error)));
  const { redirect_uris: redirectUris, client_name, grant_types } = given.data;
  if (!redirectUris.every(isRedirectUri)) return refused(REDIRECT_INVALID);
  if (!grant_types.includes("authorization_code")) {
    return refused(metadataInvalid("grant_types must have authorization_code"));
  }
  // Without what would write over the words around it.
  const name = client_name.replace(/\p{C}/gu, "").trim();
  return ok({ name, redirectUris, refreshes: grant_types.includes("refresh_token") });
}

export function metadataInvalid(description: string): OAuthProblem {
  return { error: "invalid_client_metadata", description: description.replaceAll(/["\\\n]/g, " ") };
}

const REDIRECT_INVALID: OAuthProblem = {
  error: "invalid_redirect_uri",
  description: "redirect_uris take https, or http at localhost, 127.0.0.1 or [::1], and no fragment",
};

/**
 * Whether a client's id is the address of a document about it (draft-ietf-oauth-client-id-metadata-document-02,
 * section 3). An address without a name is refused, since it belongs to nobody whom a person could know.
 */
export function documentUrlOf(clientId: string): URL | undefined {
  const url = URL.parse(clientId);
  if (url === null || url.protocol !== "https:" || url.href !== clientId) return undefined;
  const isPlain = url.username === "" && url.password === "" && !clientId.includes("#") && url.pathname !== "/";
  return isPlain && url.hostname.includes(".") && isIP(url.hostname) === 0 ? url : undefined;
}

/** What such a document says; it must name itself, and can keep no secret (section 4). */
export function readClientDocument(clientId: string, raw: unknown): Result<ClientMetadata, OAuthProblem> {
  const self = SelfNamed.safeParse(raw);
  if (!self.success || self.data.client_id !== clientId || self.data.client_secret !== undefined) {
    return refused(metadataInvalid("the document must name its own address as client_id, and hold no secret"));
  }
  return readClientMetadata(raw);
}

const SelfNamed = z.object({ client_id: z.string(), client_secret: z.unknown().optional() });
