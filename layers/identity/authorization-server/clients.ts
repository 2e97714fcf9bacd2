import * as z from "zod";
import { type Clock, nowEpochSeconds } from "../../core/ports/clock.ts";
import type { Seal } from "../../core/ports/seal.ts";
import { RecentReads } from "../../core/recent-reads.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import {
  type ClientMetadata,
  documentUrlOf,
  metadataInvalid,
  readClientDocument,
  readClientMetadata,
} from "./client-metadata.ts";
import { type DocumentFetch, DocumentUnreadable } from "./document-fetch.ts";
import { CLIENT_CHARACTERS_MAX, DOCUMENT_FRESH_MS, DOCUMENT_STALE_MS_MAX, DOCUMENTS_KNOWN_MAX } from "./limits.ts";
import type { OAuthProblem } from "./oauth-reply.ts";

/** A program that may ask a person for access. */
export interface Client extends ClientMetadata {
  readonly clientId: string;
}

export interface RegisteredClient extends Client {
  readonly issuedAtEpochSeconds: number;
}

export type ClientProblem =
  | { readonly reason: "client_unknown" }
  /** Its id is the address of a document that can't be used; `why` is for its person. */
  | { readonly reason: "client_unreadable"; readonly why: string };

const SealedClient = z.object({
  name: z.string(),
  redirectUris: z.array(z.string()).readonly(),
  refreshes: z.boolean(),
  issuedAtEpochSeconds: z.number(),
});

const PURPOSE = "oauth-client";

/**
 * Who may ask: clients whose id is the address of a document about them, and clients that register themselves (RFC 7591).
 * All there is to know of one that registers is sealed into its id (appendix A.5.2), so anybody may register and nothing
 * is stored for it, and every process knows every client.
 */
export class Clients {
  readonly #seal: Seal;
  readonly #clock: Clock;
  readonly #documents: RecentReads<string, Client>;

  constructor(deps: { readonly seal: Seal; readonly clock: Clock; readonly fetchDocument: DocumentFetch }) {
    this.#seal = deps.seal;
    this.#clock = deps.clock;
    this.#documents = new RecentReads({
      read: async (clientId) => described(clientId, await deps.fetchDocument(new URL(clientId))),
      clock: deps.clock,
      freshMs: DOCUMENT_FRESH_MS,
      staleMsMax: DOCUMENT_STALE_MS_MAX,
      entriesMax: DOCUMENTS_KNOWN_MAX,
    });
  }

  register(raw: unknown): Result<RegisteredClient, OAuthProblem> {
    const metadata = readClientMetadata(raw);
    if (!metadata.ok) return metadata;
    const client = { ...metadata.value, issuedAtEpochSeconds: nowEpochSeconds(this.#clock) };
    const text = JSON.stringify(client);
    if (text.length > CLIENT_CHARACTERS_MAX) return refused(metadataInvalid("the redirect URIs are too long"));
    return ok({ clientId: this.#seal.seal(PURPOSE, text), ...client });
  }

  /** Whether there can be such a client. What it has got already, it need not be described for again. */
  isClient(clientId: string): boolean {
    return documentUrlOf(clientId) !== undefined || this.#seal.open(PURPOSE, clientId) !== undefined;
  }

  async clientOf(clientId: string): Promise<Result<Client, ClientProblem>> {
    if (documentUrlOf(clientId) !== undefined) return this.#documented(clientId);
    const text = this.#seal.open(PURPOSE, clientId);
    if (text === undefined) return refused({ reason: "client_unknown" });
    const { name, redirectUris, refreshes } = SealedClient.parse(JSON.parse(text));
    return ok({ clientId, name, redirectUris, refreshes });
  }

  async #documented(clientId: string): Promise<Result<Client, ClientProblem>> {
    try {
      return ok(await this.#documents.get(clientId));
    } catch (fault) {
      if (!(fault instanceof DocumentUnreadable)) throw fault;
      return refused({ reason: "client_unreadable", why: fault.message });
    }
  }
}

/** What can't be used is not remembered: whoever publishes it may be about to put it right. */
function described(clientId: string, raw: unknown): Client {
  const metadata = readClientDocument(clientId, raw);
  if (!metadata.ok) throw new DocumentUnreadable(metadata.problem.description);
  return { clientId, ...metadata.value };
}
