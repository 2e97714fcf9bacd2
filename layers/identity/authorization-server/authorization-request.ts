import { ok, type Result, refused } from "../../core/result.ts";
import { FIRST_SCOPES, isScope, type Scope } from "../../core/tenant/scope.ts";
import type { Client, ClientProblem, Clients } from "./clients.ts";
import { type OAuthProblem, type Parameters, readParameters } from "./oauth-reply.ts";
import { isSameRedirect } from "./redirect-uri.ts";

/** What a client asks a person for. */
export interface AuthorizationRequest {
  readonly client: Pick<Client, "clientId" | "name" | "refreshes">;
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly scopes: readonly Scope[];
  /** RFC 7636, section 4.2, of method S256. */
  readonly codeChallenge: string;
  /** For which of our addresses the token shall be. */
  readonly resources: readonly string[];
}

export type AuthorizationRequestProblem =
  /** Nobody knows where an answer would go to, so it is told to the person alone. */
  | { readonly reason: "told_to_person"; readonly words: string }
  | ({
      readonly reason: "told_to_client";
      readonly redirectUri: string;
      readonly state: string | undefined;
    } & OAuthProblem);

/** The SHA-256 of a verifier. */
const S256_PATTERN = /^[\w-]{43}$/;

/**
 * The query of the authorization endpoint: OAuth 2.1, section 4.1.1; RFC 8707, section 2.
 *
 * @param resources the addresses under which this server may be asked for; the first where none is named.
 */
export async function readAuthorizationRequest(
  query: string,
  { clients, resources }: { readonly clients: Clients; readonly resources: readonly string[] },
): Promise<Result<AuthorizationRequest, AuthorizationRequestProblem>> {
  const parameters = readParameters(query);
  if (parameters === undefined) return toPerson("It names something twice.");
  const found = await clients.clientOf(parameters.one("client_id") ?? "");
  if (!found.ok) return toPerson(clientWords(found.problem));
  const client = found.value;
  const redirectUri = redirectOf(client, parameters.one("redirect_uri"));
  if (redirectUri === undefined) return toPerson("It wants the answer at an address that it did not register.");
  const state = parameters.one("state");
  const request = readFor(parameters, resources);
  if (!request.ok) return refused({ reason: "told_to_client", redirectUri, state, ...request.problem });
  return ok({ client, redirectUri, state, ...request.value });
}

function clientWords(problem: ClientProblem): string {
  return problem.reason === "client_unknown"
    ? "It is not registered here. Removing this server from it and adding it again may help."
    : `The address by which it names itself can't be used: ${problem.why}.`;
}

function redirectOf({ redirectUris }: Client, asked: string | undefined): string | undefined {
  if (asked === undefined) return redirectUris.length === 1 ? redirectUris[0] : undefined;
  return redirectUris.some((registered) => isSameRedirect(registered, asked)) ? asked : undefined;
}

function readFor(
  parameters: Parameters,
  ours: readonly string[],
): Result<Pick<AuthorizationRequest, "scopes" | "codeChallenge" | "resources">, OAuthProblem> {
  if (parameters.one("response_type") !== "code") {
    return refused({ error: "unsupported_response_type", description: "response_type must be code" });
  }
  const codeChallenge = parameters.one("code_challenge") ?? "";
  if (parameters.one("code_challenge_method") !== "S256" || !S256_PATTERN.test(codeChallenge)) {
    return refused({ error: "invalid_request", description: "PKCE is needed: a code_challenge of method S256" });
  }
  const asked = parameters.all("resource");
  if (!asked.every((resource) => ours.includes(resource))) {
    return refused({ error: "invalid_target", description: `resource must be one of ${ours.join(", ")}` });
  }
  const scopes = scopesOf(parameters.one("scope"));
  if (scopes.length === 0) return refused({ error: "invalid_scope", description: "scope names none that exists here" });
  return ok({ scopes, codeChallenge, resources: asked.length === 0 ? ours.slice(0, 1) : asked });
}

/** RFC 6749, section 3.3: those that nobody knows here are left out. */
function scopesOf(text: string | undefined): readonly Scope[] {
  return text === undefined ? FIRST_SCOPES : [...new Set(text.split(" ").filter(isScope))];
}

function toPerson(words: string): Result<never, AuthorizationRequestProblem> {
  return refused({ reason: "told_to_person", words });
}
