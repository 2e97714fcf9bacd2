import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import {
  createApplicationInputHandler,
  createTaskSessionFromClient,
  type JsonRpcResponse,
  type TaskEnabledSession,
} from "@modelcontextprotocol/ext-tasks/client";
import { z } from "zod";
import { type Door, socketDoor, wholeText } from "../fixtures/http-exchange.ts";
import { MODERN } from "../fixtures/mcp-messages.ts";

const CLIENT_INFO = { name: "skein-tests", version: "1.0.0" };
const CAPABILITIES = { elicitation: { form: {} }, sampling: {}, roots: {} };

const Params = z.looseObject({ name: z.string().optional(), taskId: z.string().optional() });
const Request = z.looseObject({ method: z.string(), params: Params.optional() });
const Reply = z.union([
  z.looseObject({ result: z.json() }).transform(({ result }): JsonRpcResponse => ({ kind: "result", result })),
  z
    .looseObject({ error: z.object({ code: z.number(), message: z.string(), data: z.json().optional() }) })
    .transform(({ error }): JsonRpcResponse => ({ kind: "error", error })),
]);

export interface TaskClient {
  readonly session: TaskEnabledSession;
  close(): Promise<void>;
}

/**
 * The official client of the tasks extension, on the official SDK's client, whose own codecs refuse a task: it sends what
 * concerns tasks itself.
 *
 * @param answer fills in each form that a task asks for.
 */
export async function connectTaskClient(
  url: string,
  answer: () => Readonly<Record<string, boolean | string>> = () => ({}),
): Promise<TaskClient> {
  const endpoint = new URL("/mcp", url);
  const client = new Client(CLIENT_INFO, { capabilities: CAPABILITIES, versionNegotiation: { mode: "auto" } });
  await client.connect(new StreamableHTTPClientTransport(endpoint));
  const door = socketDoor(endpoint.href);
  const session = createTaskSessionFromClient(client, {
    endpointId: endpoint.href,
    rawDispatch: (request) => dispatch(door, request),
    v2RequestFraming: { protocolVersion: MODERN, clientInfo: CLIENT_INFO, clientCapabilities: CAPABILITIES },
    onInputRequest: createApplicationInputHandler({
      elicitation: () => ({ action: "accept", content: answer() }),
      sampling: () => Promise.reject(new TypeError("no task asks the model")),
      roots: () => ({ roots: [] }),
    }),
  });
  return {
    session,
    async close() {
      await session.close();
      await client.close();
    },
  };
}

async function dispatch(door: Door, raw: unknown): Promise<JsonRpcResponse> {
  const request = Request.parse(raw);
  const { name, taskId } = request.params ?? {};
  const reply = await door({
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": MODERN,
      "mcp-method": request.method,
      ...(name === undefined && taskId === undefined ? {} : { "mcp-name": taskId ?? name ?? "" }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, ...request }),
  });
  return Reply.parse(JSON.parse(await wholeText(reply)));
}
