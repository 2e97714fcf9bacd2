import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";

/** What the caller's side of a conversation says and hears. */
export interface CallerSide {
  /** Fills in a form; undefined declines. */
  form?(message: string): Promise<Record<string, string>> | Record<string, string> | undefined;
  model?(prompt: string): string;
  readonly roots?: readonly string[];
  onLog?(data: unknown): void;
  onToolsChanged?(): void;
  onResourceUpdated?(uri: string): void;
}

export interface CallOptions {
  readonly onProgress?: (done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
  /** Called once there is something to come back with: the first event of a stream that can be resumed. */
  readonly onResumable?: () => void;
  /** When to give up; the clients' own is 60 s. */
  readonly timeoutMs?: number;
  /** Asks for messages from this level on. */
  readonly logLevel?: "debug" | "info";
}

export interface CallOutcome {
  readonly text: string;
  readonly isError: boolean;
  readonly structured: unknown;
}

/** The verbs that all official clients have, in one shape, so that one test speaks through each of them. */
export interface RealClient {
  readonly protocolVersion: string | undefined;
  tools(): Promise<string[]>;
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<CallOutcome>;
  resources(): Promise<string[]>;
  templates(): Promise<string[]>;
  read(uri: string): Promise<string>;
  subscribe(uri: string): Promise<void>;
  /** Where changes are only told to those who ask for them. */
  listen(): Promise<void>;
  prompts(): Promise<string[]>;
  prompt(name: string, args?: Record<string, string>): Promise<string>;
  complete(prompt: string, argument: string, begun: string): Promise<string[]>;
  close(): Promise<void>;
}

export type Connect = (url: string, side?: CallerSide) => Promise<RealClient>;

const IDENTITY = { name: "skein-tests", version: "1.0.0" };
const CAPABILITIES = { elicitation: { form: {} }, sampling: {}, roots: {} };
/** Come back soon and often: a killed process is replaced within the time of these. */
const reconnectionOptions = {
  initialReconnectionDelay: 50,
  maxReconnectionDelay: 500,
  reconnectionDelayGrowFactor: 1.5,
  maxRetries: 40,
};

const PAGES_MAX = 64;

const Content = z.array(z.looseObject({ type: z.string(), text: z.string().optional() }));
const CallResult = z.looseObject({
  content: Content.default([]),
  isError: z.boolean().default(false),
  structuredContent: z.unknown().optional(),
});

function outcomeOf(raw: unknown): CallOutcome {
  const { content, isError, structuredContent } = CallResult.parse(raw);
  return {
    text: content.map((block) => block.text ?? `[${block.type}]`).join(""),
    isError,
    structured: structuredContent,
  };
}

const textOfFirst = (parts: readonly object[]): string => {
  const [first] = parts;
  return z.looseObject({ text: z.string() }).parse(first).text;
};

const sideAnswers = (side: CallerSide) => ({
  form: async (message: string) => {
    const content = await side.form?.(message);
    return content === undefined ? { action: "decline" as const } : { action: "accept" as const, content };
  },
  model: (params: { messages: { content: unknown }[] }) => ({
    role: "assistant" as const,
    model: "test-model",
    content: { type: "text" as const, text: side.model?.(JSON.stringify(params.messages.at(-1)?.content)) ?? "" },
  }),
  roots: () => ({ roots: (side.roots ?? []).map((uri) => ({ uri })) }),
});

/** What both versions of the SDK call the same. */
interface SdkClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  listResources(): Promise<{ resources: { uri: string }[] }>;
  listResourceTemplates(): Promise<{ resourceTemplates: { uriTemplate: string }[] }>;
  readResource(params: { uri: string }): Promise<{ contents: object[] }>;
  listPrompts(): Promise<{ prompts: { name: string }[] }>;
  getPrompt(params: { name: string; arguments: Record<string, string> }): Promise<{ messages: { content: object }[] }>;
  complete(params: {
    ref: { type: "ref/prompt"; name: string };
    argument: { name: string; value: string };
  }): Promise<{ completion: { values: string[] } }>;
}

const reading = (client: SdkClient) => ({
  tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
  resources: async () => (await client.listResources()).resources.map((resource) => resource.uri),
  templates: async () => (await client.listResourceTemplates()).resourceTemplates.map((one) => one.uriTemplate),
  read: async (uri: string) => textOfFirst((await client.readResource({ uri })).contents),
  prompts: async () => (await client.listPrompts()).prompts.map((prompt) => prompt.name),
  prompt: async (name: string, args: Record<string, string> = {}) =>
    textOfFirst((await client.getPrompt({ name, arguments: args })).messages.map((message) => message.content)),
  complete: async (prompt: string, argument: string, begun: string) => {
    const ref = { type: "ref/prompt" as const, name: prompt };
    return (await client.complete({ ref, argument: { name: argument, value: begun } })).completion.values;
  },
});

const sdkOptions = ({ onProgress, onResumable, signal, timeoutMs }: CallOptions) => ({
  ...(onProgress === undefined
    ? {}
    : { onprogress: (at: { progress: number; total?: number | undefined }) => onProgress(at.progress, at.total) }),
  ...(onResumable === undefined ? {} : { onresumptiontoken: onResumable }),
  ...(signal === undefined ? {} : { signal }),
  ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
});

/** The official SDK's second version: 2026-07-28 where the server offers it, or with sessions. */
export const connectV2 =
  (mode: "auto" | "legacy"): Connect =>
  async (url, side = {}) => {
    const client = new ClientV2(IDENTITY, { capabilities: CAPABILITIES, versionNegotiation: { mode } });
    const answers = sideAnswers(side);
    client.setRequestHandler("elicitation/create", ({ params }) => answers.form(params.message));
    client.setRequestHandler("sampling/createMessage", ({ params }) => answers.model(params));
    client.setRequestHandler("roots/list", answers.roots);
    client.setNotificationHandler("notifications/message", ({ params }) => side.onLog?.(params.data));
    client.setNotificationHandler("notifications/tools/list_changed", () => side.onToolsChanged?.());
    client.setNotificationHandler("notifications/resources/updated", ({ params }) =>
      side.onResourceUpdated?.(params.uri),
    );
    await client.connect(new TransportV2(new URL("/mcp", url), { reconnectionOptions }));
    const isModern = client.getProtocolEra() === "modern";

    return {
      ...reading(client),
      protocolVersion: client.getNegotiatedProtocolVersion(),
      call: async (name, args = {}, options = {}) => {
        const { logLevel } = options;
        if (logLevel !== undefined && !isModern) await client.setLoggingLevel(logLevel);
        const meta = logLevel !== undefined && isModern ? { "io.modelcontextprotocol/logLevel": logLevel } : {};
        return outcomeOf(await client.callTool({ name, arguments: args, _meta: meta }, sdkOptions(options)));
      },
      subscribe: async (uri) => {
        if (isModern) await client.listen({ resourceSubscriptions: [uri] });
        else await client.subscribeResource({ uri });
      },
      listen: async () => {
        if (isModern) await client.listen({ toolsListChanged: true });
      },
      close: () => client.close(),
    };
  };

/** The official SDK's first version, which knows sessions only. */
export const connectV1: Connect = async (url, side = {}) => {
  const client = new ClientV1(IDENTITY, { capabilities: CAPABILITIES });
  const answers = sideAnswers(side);
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => answers.form(params.message));
  client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => answers.model(params));
  client.setRequestHandler(ListRootsRequestSchema, answers.roots);
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => side.onLog?.(params.data));
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => side.onToolsChanged?.());
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) =>
    side.onResourceUpdated?.(params.uri),
  );
  const transport = new TransportV1(new URL("/mcp", url), { reconnectionOptions });
  await client.connect(transport);

  return {
    ...reading(client),
    // Unlike the second version, it leaves it to its users to follow the cursors.
    tools: async () => {
      const names: string[] = [];
      let cursor: string | undefined;
      for (let pages = 0; pages === 0 || (cursor !== undefined && pages < PAGES_MAX); pages++) {
        const page = await client.listTools(cursor === undefined ? {} : { cursor });
        names.push(...page.tools.map((tool) => tool.name));
        cursor = page.nextCursor;
      }
      return names;
    },
    protocolVersion: transport.protocolVersion,
    call: async (name, args = {}, options = {}) => {
      if (options.logLevel !== undefined) await client.setLoggingLevel(options.logLevel);
      return outcomeOf(await client.callTool({ name, arguments: args }, undefined, sdkOptions(options)));
    },
    subscribe: async (uri) => {
      await client.subscribeResource({ uri });
    },
    listen: async () => undefined,
    close: async () => {
      await transport.terminateSession();
      await client.close();
    },
  };
};

export const REAL_CLIENTS: readonly { readonly name: string; readonly connect: Connect; readonly version: string }[] = [
  { name: "SDK v2, 2026-07-28", connect: connectV2("auto"), version: "2026-07-28" },
  { name: "SDK v2, 2025-11-25", connect: connectV2("legacy"), version: "2025-11-25" },
  { name: "SDK v1, 2025-11-25", connect: connectV1, version: "2025-11-25" },
];
