import * as z from "zod";
import { type Clock, nowEpochSeconds } from "../../core/ports/clock.ts";
import type { Seal } from "../../core/ports/seal.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import { CLIENT_CHARACTERS_MAX, CLIENT_NAME_CHARACTERS_MAX, REDIRECT_URIS_MAX } from "./limits.ts";
import type { OAuthProblem } from "./oauth-reply.ts";
import { isRedirectUri } from "./redirect-uri.ts";

/** A program that may ask a person for access. */
export interface Client {
  readonly clientId: string;
  /** What it calls itself: nobody has checked it. */
  readonly name: string;
  readonly redirectUris: readonly string[];
  /** Whether it wants to go on once its first token is over. */
  readonly refreshes: boolean;
  readonly issuedAtEpochSeconds: number;
}

const Registration = z.object({
  redirect_uris: z.array(z.string()).min(1).max(REDIRECT_URIS_MAX),
  client_name: z.string().max(CLIENT_NAME_CHARACTERS_MAX).default(""),
  grant_types: z.array(z.string()).default(["authorization_code"]),
});

const SealedClient = z.object({
  name: z.string(),
  redirectUris: z.array(z.string()).readonly(),
  refreshes: z.boolean(),
  issuedAtEpochSeconds: z.number(),
});

const PURPOSE = "oauth-client";

/**
 * Clients that register themselves (RFC 7591). All there is to know of one is sealed into its id (appendix A.5.2), so
 * anybody may register and nothing is stored for it, and every process knows every client.
 */
export class Clients {
  readonly #seal: Seal;
  readonly #clock: Clock;

  constructor({ seal, clock }: { readonly seal: Seal; readonly clock: Clock }) {
    this.#seal = seal;
    this.#clock = clock;
  }

  register(raw: unknown): Result<Client, OAuthProblem> {
    const given = Registration.safeParse(raw);
    if (!given.success) return refused(metadataInvalid(z.prettifyError(given.error)));
    const { redirect_uris: redirectUris, client_name, grant_types } = given.data;
    const wrong = redirectUris.find((uri) => !isRedirectUri(uri));
    if (wrong !== undefined) return refused(REDIRECT_INVALID);
    if (!grant_types.includes("authorization_code")) {
      return refused(metadataInvalid("grant_types must have authorization_code"));
    }
    const client = {
      // Without what would write over the words around it.
      name: client_name.replace(/\p{C}/gu, "").trim(),
      redirectUris,
      refreshes: grant_types.includes("refresh_token"),
      issuedAtEpochSeconds: nowEpochSeconds(this.#clock),
    };
    const text = JSON.stringify(client);
    if (text.length > CLIENT_CHARACTERS_MAX) return refused(metadataInvalid("the redirect URIs are too long"));
    return ok({ clientId: this.#seal.seal(PURPOSE, text), ...client });
  }

  /** Undefined for an id that was not given here. */
  clientOf(clientId: string | undefined): Client | undefined {
    const text = clientId === undefined ? undefined : this.#seal.open(PURPOSE, clientId);
    return clientId === undefined || text === undefined
      ? undefined
      : { clientId, ...SealedClient.parse(JSON.parse(text)) };
  }
}

const REDIRECT_INVALID: OAuthProblem = {
  error: "invalid_redirect_uri",
  description: "redirect_uris take https, or http at localhost, 127.0.0.1 or [::1], and no fragment",
};

function metadataInvalid(description: string): OAuthProblem {
  return { error: "invalid_client_metadata", description: description.replaceAll(/["\\\n]/g, " ") };
}
