import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { mcpHandler } from "../../../functions/mcp/handler.ts";
import type { HttpReply } from "../../../layers/core/http/http-message.ts";
import type { Principal } from "../../../layers/core/tenant/principal.ts";
import type { TenantPolicy } from "../../../layers/core/tenant/tenant-policy.ts";
import { defineResource, defineTool } from "../../../layers/mcp/toolkit/tool.ts";
import { handlerDoor } from "../../fixtures/handler-door.ts";
import type { Door } from "../../fixtures/http-exchange.ts";
import {
  answerTo,
  LEGACY,
  modernCall,
  modernRequest,
  openSession,
  textOf,
  toolCall,
} from "../../fixtures/mcp-messages.ts";
import { callContext, mcpParts } from "../../fixtures/mcp-parts.ts";
import { policyOf, principalOf } from "../../fixtures/principals.ts";
import { tenant } from "../../fixtures/tenants.ts";

const READS = defineTool({
  name: "reads",
  description: "Reads",
  input: z.object({}),
  annotations: { readOnlyHint: true },
  run: () => "read",
});
const WRITES = defineTool({ name: "writes", description: "Writes", input: z.object({}), run: () => "written" });
const NOTES = defineResource({ name: "notes", uri: "notes://all", read: () => "nothing" });

let lastLog: HttpReply["log"];
let doorOf: (principal: Partial<Principal>, policy?: Partial<TenantPolicy>) => Door;

beforeEach(() => {
  const parts = mcpParts([], { toolkits: { reading: [READS, NOTES], writing: [WRITES] } });
  const handler = mcpHandler(parts.server);
  doorOf = (principal, policy = {}) =>
    handlerDoor(
      async (request, context) => {
        const reply = await handler(request, context);
        lastLog = reply.log;
        return reply;
      },
      () => callContext(parts, { principal: principalOf(principal), policy: policyOf(tenant("acme"), policy) }),
    );
});

describe("the table of actions", () => {
  test("lets a viewer call what only reads, and nothing else", async () => {
    const door = doorOf({ role: "viewer" });

    const read = await answerTo(door, modernCall("reads"));
    const written = await answerTo(door, modernCall("writes"));

    expect(textOf(read)).toBe("read");
    expect(written.status).toBe(403);
    expect(written.reply.error).toMatchObject({ data: { reason: "role_forbidden" } });
    expect(lastLog).toMatchObject({ outcome: "role_forbidden", refusedAction: "mcp.call" });
  });

  test.each(LEGACY)("holds for a viewer's session of %s", async (version) => {
    const door = doorOf({ role: "viewer" });
    const session = await openSession(door, version);

    const read = await answerTo(door, session.request("tools/call", toolCall("reads")));
    const written = await answerTo(door, session.request("tools/call", toolCall("writes")));

    expect(textOf(read)).toBe("read");
    expect(written.status).toBe(403);
  });

  test("refuses a batch as a whole of which one call is forbidden", async () => {
    const door = doorOf({ role: "viewer" });
    const session = await openSession(door, "2025-03-26");
    const calls = ["reads", "writes"].map((name, id) => ({
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: toolCall(name),
    }));

    expect((await answerTo(door, session.post(calls))).status).toBe(403);
  });

  test("leads a token without the scope to one that has it, beside those it has", async () => {
    const { status, headers } = await answerTo(doorOf({ scopes: ["mcp:read"] }), modernCall("writes"));

    expect(status).toBe(403);
    expect(headers["www-authenticate"]).toBe('Bearer error="insufficient_scope", scope="mcp:read mcp:call"');
  });

  test.each(["GET", "DELETE"])("keeps an operator of the fleet from a %s", async (method) => {
    const reply = await answerTo(doorOf({ role: "operator" }), { method, headers: { "mcp-session-id": "any" } });

    expect(reply.status).toBe(403);
  });
});

describe("a toolkit that is off for the tenant", () => {
  const off: Partial<TenantPolicy> = { toolkits: ["reading", "gone"] };

  test("is in no list", async () => {
    const { reply } = await answerTo(doorOf({}, off), modernRequest("tools/list"));

    expect(reply.result?.tools).toMatchObject([{ name: "reads" }]);
  });

  test("answers a call as if it did not exist", async () => {
    const hidden = await answerTo(doorOf({}, off), modernCall("writes"));
    const absent = await answerTo(doorOf({}, off), modernCall("absent"));

    expect(JSON.stringify(hidden.reply).replace("writes", "absent")).toBe(JSON.stringify(absent.reply));
  });

  test("has no resources either", async () => {
    const door = doorOf({}, { toolkits: ["writing"] });

    expect((await answerTo(door, modernRequest("resources/list"))).reply.result?.resources).toEqual([]);
    expect((await answerTo(door, modernRequest("resources/read", { uri: "notes://all" }))).reply.error).toBeDefined();
  });

  test("hides nothing from the tenant for which all are on", async () => {
    await answerTo(doorOf({}, off), modernRequest("tools/list"));

    const { reply } = await answerTo(doorOf({}), modernRequest("tools/list"));

    expect(reply.result?.tools).toMatchObject([{ name: "reads" }, { name: "writes" }]);
  });
});
