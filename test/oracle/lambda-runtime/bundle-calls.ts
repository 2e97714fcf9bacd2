import type { FrontDoor } from "../../../layers/core/deployment/function-shape.ts";
import type { HttpRequest } from "../../../layers/core/http/http-message.ts";
import { albEvent } from "../../../layers/local/lambda/alb-event.ts";
import type { HostedFunction } from "../../../layers/local/lambda/hosted-function.ts";
import type { Invocation } from "../../../layers/local/lambda/invocation.ts";
import { restEvent } from "../../../layers/local/lambda/rest-event.ts";
import type { LocalDeployment } from "../../../scripts/lambda/local-deployment.ts";
import { aRequest } from "../../fixtures/http-call.ts";

/** One of a deployment's functions, none of whose processes is kept warm. */
export function deployedFunction({ functions }: LocalDeployment, name: string): HostedFunction {
  const found = functions.find(({ shape }) => shape.name === name);
  if (found === undefined) throw new TypeError(`no function ${name}`);
  return { ...found, provisionedCount: 0, log: () => {} };
}

/** A request as its front door gives it to a function. */
export function invocationOf(frontDoor: FrontDoor, request: HttpRequest, index = 0): Invocation {
  const requestId = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
  const facts = { requestId, atEpochMs: Date.UTC(2027, 0, 1) };
  const event =
    frontDoor === "rest"
      ? restEvent(request, { ...facts, resource: request.path })
      : albEvent(request, { ...facts, targetGroupArn: "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/t/0" });
  return { requestId, event: JSON.stringify(event) };
}

/** A request of MCP for who has the access key. */
export function mcpRequest(
  accessKey: string,
  message: { readonly method: string; readonly params: object },
  headers: Readonly<Record<string, string>> = {},
): HttpRequest {
  return aRequest({
    method: "POST",
    path: "/mcp",
    headers: {
      authorization: `Bearer ${accessKey}`,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      ...headers,
    },
    body: Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, ...message })),
  });
}

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** The same of the revision 2026-07-28. */
export function modernRequest(
  accessKey: string,
  method: string,
  params: Readonly<Record<string, unknown>>,
): HttpRequest {
  const { name } = params;
  return mcpRequest(
    accessKey,
    { method, params: { ...params, _meta: META } },
    {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(typeof name === "string" && { "mcp-name": name }),
    },
  );
}
