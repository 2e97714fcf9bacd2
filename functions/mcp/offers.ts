import type { TenantPolicy } from "../../layers/core/tenant/tenant-policy.ts";
import { type Catalogue, narrowCatalogue } from "../../layers/mcp/catalogue/catalogue.ts";
import { makeLists } from "../../layers/mcp/catalogue/lists.ts";
import { LegacyEra } from "../../layers/mcp/legacy/legacy-era.ts";
import type { McpServer } from "../../layers/mcp/mcp-server.ts";
import { ModernEra } from "../../layers/mcp/modern/modern-era.ts";
import { OFFERS_MAX } from "./limits.ts";

/** What a tenant with certain toolkits is answered from. */
export interface Offer {
  readonly catalogue: Catalogue;
  readonly modern: ModernEra;
  readonly legacy: LegacyEra;
}

/**
 * One server shown to each tenant with the toolkits that are on for it. Tenants with the same ones share an offer; what
 * is off can't be told from what does not exist.
 */
export class Offers {
  readonly #server: McpServer;
  readonly #whole: Offer;
  /** The one longest unused is first. */
  readonly #narrowed = new Map<string, Offer>();

  constructor(server: McpServer) {
    this.#server = server;
    this.#whole = offerOf(server);
  }

  of(toolkits: TenantPolicy["toolkits"]): Offer {
    if (toolkits === "all") return this.#whole;
    const on = Object.keys(this.#server.toolkits).filter((name) => toolkits.includes(name));
    const key = JSON.stringify(on);
    const offer = this.#narrowed.get(key) ?? this.#narrow(on);
    this.#narrowed.delete(key);
    this.#narrowed.set(key, offer);
    const [oldest] = this.#narrowed.keys();
    if (this.#narrowed.size > OFFERS_MAX && oldest !== undefined) this.#narrowed.delete(oldest);
    return offer;
  }

  #narrow(on: readonly string[]): Offer {
    const offered = new Set(on.flatMap((name) => this.#server.toolkits[name] ?? []));
    const catalogue = narrowCatalogue(this.#server.catalogue, offered);
    return offerOf({ ...this.#server, catalogue, lists: makeLists(catalogue) });
  }
}

function offerOf(server: McpServer): Offer {
  return { catalogue: server.catalogue, modern: new ModernEra(server), legacy: new LegacyEra(server) };
}
