import type { Caller, Exchange } from "./metered-cell.ts";

/** What a reply holds of JSON-RPC, as far as the measured calls need it. */
export interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly result?: Readonly<Record<string, unknown>>;
}

const JSON_HEADERS = { "content-type": "application/json", accept: "application/json, text/event-stream" };
const LEGACY = "2025-11-25";
const MODERN = "2026-07-28";

/** One call of a tool in 2026-07-28; the text that it answers with. */
export async function modernCall(mcp: Caller, name: string, args: object): Promise<string> {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const headers = {
    ...JSON_HEADERS,
    "mcp-protocol-version": MODERN,
    "mcp-method": "tools/call",
    "mcp-name": name,
  };
  const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args, _meta } };
  return resultText(await posted(mcp, headers, body), 1);
}

/** A session of 2025-11-25, whose client answers each question with a name. */
export interface LegacySession {
  /** The text that the tool answers with, after as many exchanges as it takes. */
  call(name: string, args: object): Promise<string>;
}

export async function initialize(mcp: Caller): Promise<string> {
  const params = {
    protocolVersion: LEGACY,
    capabilities: { elicitation: {} },
    clientInfo: { name: "bench", version: "1.0.0" },
  };
  const { headers } = await posted(mcp, JSON_HEADERS, { jsonrpc: "2.0", id: 0, method: "initialize", params });
  const sessionId = headers["mcp-session-id"];
  if (sessionId === undefined) throw new CallWentWrong("no session was begun");
  return sessionId;
}

export async function openSession(mcp: Caller): Promise<LegacySession> {
  const headers = { ...JSON_HEADERS, "mcp-session-id": await initialize(mcp), "mcp-protocol-version": LEGACY };
  await posted(mcp, headers, { jsonrpc: "2.0", method: "notifications/initialized" });
  let lastId = 0;
  return {
    async call(name, args) {
      lastId++;
      const body = { jsonrpc: "2.0", id: lastId, method: "tools/call", params: { name, arguments: args } };
      const first = await posted(mcp, headers, body);
      const question = messagesOf(first).find(({ method }) => method === "elicitation/create");
      if (question === undefined) return resultText(first, lastId);
      const result = { action: "accept", content: { name: "Ada" } };
      await posted(mcp, headers, { jsonrpc: "2.0", id: question.id, result });
      const resumed = { ...headers, "last-event-id": lastEventId(first) };
      return resultText(await mcp({ method: "GET", headers: resumed }), lastId);
    },
  };
}

async function posted(mcp: Caller, headers: Readonly<Record<string, string>>, body: object): Promise<Exchange> {
  const exchange = await mcp({ method: "POST", headers, body: Buffer.from(JSON.stringify(body)) });
  if (exchange.status >= 300) throw new CallWentWrong(`${exchange.status} ${exchange.text}`);
  return exchange;
}

/** Of one JSON object, or of all events of a stream. */
function messagesOf({ headers, text }: Exchange): readonly Message[] {
  const isStream = headers["content-type"]?.startsWith("text/event-stream") === true;
  const texts = isStream ? [...text.matchAll(/^data: (.+)$/gm)].map(([, json = ""]) => json) : [text];
  return texts.map((json) => JSON.parse(json));
}

function lastEventId({ text }: Exchange): string {
  return [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? "";
}

function resultText(exchange: Exchange, id: number): string {
  const reply = messagesOf(exchange).find((message) => message.id === id && message.result !== undefined);
  const content = reply?.result?.content;
  const [block]: readonly unknown[] = Array.isArray(content) ? content : [];
  const { text }: { text?: unknown } = Object(block);
  if (typeof text !== "string" || reply?.result?.isError === true) throw new CallWentWrong(exchange.text);
  return text;
}

export class CallWentWrong extends Error {
  readonly code = "call_went_wrong";
  constructor(told: string) {
    super(`a measured call was not answered as it should be: ${told.slice(0, 500)}`);
    this.name = "CallWentWrong";
  }
}
