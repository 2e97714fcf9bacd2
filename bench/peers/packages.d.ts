/**
 * The little of the peers' own types that is used here: their packages are installed by the benchmark's first run, and
 * the project's checks pass without them.
 */
declare module "tmcp" {
  export class McpServer {
    constructor(
      about: { name: string; version: string },
      options: { adapter: object; capabilities: { tools: { listChanged: boolean } } },
    );
    tool(
      definition: { name: string; description: string; schema: object },
      run: (input: { message: string }) => Promise<object>,
    ): void;
  }
}

declare module "@tmcp/adapter-zod" {
  export class ZodJsonSchemaAdapter {}
}

declare module "@tmcp/transport-http" {
  import type { McpServer } from "tmcp";

  export class HttpTransport {
    constructor(server: McpServer, options: { path: string });
    respond(request: Request): Promise<Response | null>;
  }
}

declare module "@hono/node-server" {
  export function serve(
    options: { fetch: (request: Request) => Promise<Response>; hostname: string; port: number },
    listening: (address: { port: number }) => void,
  ): void;
}

declare module "@modelcontextprotocol/server" {
  export class McpServer {
    constructor(about: { name: string; version: string });
    registerTool(
      name: string,
      about: { description: string; inputSchema: object },
      run: (input: { message: string }) => Promise<object>,
    ): void;
  }

  export interface McpHandler {
    fetch(request: Request): Promise<Response>;
  }

  export function createMcpHandler(newServer: () => McpServer): McpHandler;
}

declare module "@modelcontextprotocol/node" {
  import type { IncomingMessage, ServerResponse } from "node:http";
  import type { McpHandler } from "@modelcontextprotocol/server";

  export function toNodeHandler(handler: McpHandler): (incoming: IncomingMessage, outgoing: ServerResponse) => void;
}

declare module "plainjob" {
  export interface Connection {
    driver: "better-sqlite3";
    filename: string;
    pragma(text: string): void;
    exec(text: string): void;
    prepare(text: string): object;
    transaction(work: () => unknown): { immediate(): unknown };
    close(): void;
  }

  interface Logger {
    error(text: string): void;
    warn(text: string): void;
    info(text: string): void;
    debug(text: string): void;
  }

  interface Queue {
    add(type: string, data: object): { id: number };
  }

  export function defineQueue(options: { connection: Connection; logger: Logger }): Queue;

  export function defineWorker(
    type: string,
    run: () => void,
    options: { queue: Queue; logger: Logger; onCompleted: () => void },
  ): { start(): Promise<void>; stop(): Promise<void> };
}
