import type { Jobs } from "../core/job/jobs.ts";
import type { Blob } from "../core/ports/blob.ts";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Seal } from "../core/ports/seal.ts";
import type { Table } from "../core/ports/table.ts";
import { CallWatch } from "./call/call-watch.ts";
import { type Catalogue, makeCatalogue, type SchemasAhead } from "./catalogue/catalogue.ts";
import { type Lists, makeLists } from "./catalogue/lists.ts";
import { ChangeFeed } from "./feed/change-feed.ts";
import type { Toolkits } from "./toolkit/tool.ts";

export interface ServerIdentity {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
  /** For the model: how to use this server. */
  readonly instructions?: string;
}

export interface McpDependencies {
  /** By the name under which a tenant has each on or off. */
  readonly toolkits: Toolkits;
  /** @default - each is made at its first use */
  readonly schemasAhead?: SchemasAhead;
  readonly server: ServerIdentity;
  /** Legacy sessions, parked calls and the feed of changes. Calls of 2026-07-28 never touch it. */
  readonly table: Table;
  /** Legacy replies too large for an item. */
  readonly blob: Blob;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Signs the request state that passes through clients. Every process of a fleet opens what any of them sealed. */
  readonly seal: Seal;
  /** How often a waiting stream looks into the table. */
  readonly pollIntervalMs: number;
  /**
   * How long a legacy stream stays open while a call waits for its client's answer. Where time is billed, 0: the client
   * is told to come back. A client that can't come back (before 2025-11-25) is always held.
   */
  readonly holdMs: number;
  /**
   * How long a stream that listens for changes stays open before its client has to come back for another. For a door that
   * can't see a caller leave: what nobody reads any more is held no longer. Left out, as long as the door lets a call take.
   */
  readonly listenMs?: number;
  /** Aborted when this process is about to stop: waiting streams then end in good order. */
  readonly closing?: AbortSignal;
  /**
   * Where tools with `mode: "job"` run. Left out, they run within their calls, and no client is offered tasks.
   * @default - no jobs
   */
  readonly jobs?: Jobs;
  /** Where a fault of a tool or a store goes; the caller is told only the reference. */
  readonly report: (fault: unknown, reference: string) => void;
}

/** What both eras share: the catalogue made once, and the ports. */
export interface McpServer extends McpDependencies {
  readonly catalogue: Catalogue;
  readonly lists: Lists;
  readonly watch: CallWatch;
  readonly feed: ChangeFeed;
}

/** @throws ToolkitInvalid where the toolkits can't be served together. */
export function makeMcpServer(dependencies: McpDependencies): McpServer {
  const catalogue = makeCatalogue(Object.values(dependencies.toolkits), dependencies.schemasAhead);
  return {
    ...dependencies,
    catalogue,
    lists: makeLists(catalogue),
    watch: new CallWatch(dependencies.clock),
    feed: new ChangeFeed(dependencies),
  };
}

export interface ServerCapabilities {
  readonly tools: { readonly listChanged: boolean };
  readonly prompts: { readonly listChanged: boolean };
  readonly resources: { readonly listChanged: boolean; readonly subscribe: boolean };
  readonly completions: Readonly<Record<string, never>>;
  readonly logging: Readonly<Record<string, never>>;
}

/** Of extensions, only clients of 2026-07-28 are told. */
export interface ModernCapabilities extends ServerCapabilities {
  readonly extensions?: Readonly<Record<string, Readonly<Record<string, never>>>>;
}

export const CAPABILITIES: ServerCapabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {},
};

/** `Implementation` as it goes on the wire. */
export function serverInfo({ server }: McpServer): Readonly<Record<string, string | undefined>> {
  const { name, version, title } = server;
  return { name, version, title };
}
