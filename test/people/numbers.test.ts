import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { type ApiCell, apiCell } from "../fixtures/api-cell.ts";
import { connectedClient, NotOpened, socketClient } from "../fixtures/socket-client.ts";

let cell: ApiCell;

beforeAll(async () => {
  cell = await apiCell();
  cell.warm();
});
afterAll(() => cell.close());

const POLL = { timeout: 20_000, interval: 100 } as const;

/** Of a fresh tenant, so that nothing is counted that another test has done. */
async function tenantOf(id: string): Promise<string> {
  const operator = cell.token({ tenant: "fleet", role: "operator" });
  const made = await cell.ask("POST", "/api/tenants", {
    token: operator,
    json: { tenantId: id, name: id, plan: "team" },
  });
  expect(made.status, made.text).toBe(201);
  return cell.token({ tenant: id, role: "owner", subject: "ann" });
}

async function scraped(): Promise<ReadonlyMap<string, number>> {
  const token = cell.token({ tenant: "fleet", role: "operator" });
  const { status, text, headers } = await cell.ask("GET", "/metrics", { token });
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

describe("/metrics", () => {
  test("is for those who run the fleet, and for no tenant's owner", async () => {
    expect((await cell.ask("GET", "/metrics")).status).toBe(401);
    expect(await cell.ask("GET", "/metrics", { token: cell.owner })).toMatchObject({
      status: 403,
      json: { code: "role_forbidden" },
    });
    const token = cell.token({ tenant: "fleet", role: "operator", scopes: ["tenant:read"] });
    expect(await cell.ask("GET", "/metrics", { token })).toMatchObject({
      status: 403,
      json: { code: "scope_missing" },
    });
  });

  test("tells of what clients at real sockets do, are told and are refused", async () => {
    const token = await tenantOf("counted");
    const before = await scraped();
    const ann = await connectedClient(cell.url, { token });
    const bob = await connectedClient(cell.url, { token: cell.token({ tenant: "counted", subject: "bob" }) });
    const stranger = await socketClient(cell.url);
    stranger.say({ type: "connect", token: "none" });
    await stranger.closed;
    const headers = { authorization: "Bearer none" };
    await expect(socketClient(cell.url, { headers })).rejects.toThrow(NotOpened);
    ann.say({ type: "message", to: "everyone", body: "hello" });
    await Promise.all([ann, bob].map((client) => client.next("message")));
    const asked = await cell.ask("POST", "/api/questions", { token, json: { question: "May it?", to: "everyone" } });
    const { request_id } = await bob.next("ask_user");
    bob.say({ type: "user_response", request_id, answer: "yes" });
    await Promise.all([ann, bob].map((client) => client.next("question_closed")));

    expect(asked.status).toBe(201);
    const since = async (names: readonly string[]): Promise<object> => {
      const now = await scraped();
      return Object.fromEntries(names.map((name) => [name, (now.get(name) ?? 0) - (before.get(name) ?? 0)]));
    };
    const expected: Readonly<Record<string, number>> = {
      websocket_connections_active: 2,
      active_user_sessions: 2,
      'websocket_connections_total{event="opened"}': 3,
      'websocket_connections_total{event="connected"}': 2,
      'websocket_connections_total{event="closed"}': 1,
      'websocket_messages_total{direction="inbound",message_type="connect"}': 3,
      'websocket_messages_total{direction="inbound",message_type="message"}': 1,
      'websocket_messages_total{direction="inbound",message_type="user_response"}': 1,
      'websocket_messages_total{direction="outbound",message_type="connect_ack"}': 2,
      'websocket_messages_total{direction="outbound",message_type="error"}': 1,
      'websocket_messages_total{direction="outbound",message_type="message"}': 2,
      'websocket_messages_total{direction="outbound",message_type="ask_user"}': 2,
      'websocket_messages_total{direction="outbound",message_type="question_closed"}': 2,
      'websocket_refusals_total{reason="opening"}': 1,
      'user_questions_total{status="sent"}': 1,
      'user_questions_total{status="answered"}': 1,
      'user_response_time_seconds_count{status="answered"}': 1,
      'http_requests_total{method="POST",endpoint="/api/questions",status_code="201"}': 1,
    };
    await expect.poll(() => since(Object.keys(expected)), POLL).toEqual(expected);
    const late = (await scraped()).get('websocket_delivery_lag_seconds_bucket{le="5"}') ?? 0;
    // One run may bring several messages.
    expect(late).toBeGreaterThanOrEqual(1);
    expect([...(await scraped()).keys()].filter((name) => name.includes("counted"))).toEqual([]);
    await Promise.all([ann.leave(), bob.leave()]);
    const active = "websocket_connections_active";
    await expect.poll(() => since([active]), POLL).toEqual({ [active]: 0 });
  }, 60_000);
});

const Usage = z.object({ periods: z.array(z.object({ totals: z.record(z.string(), z.number()) })) });
const Quotas = z.object({ quotas: z.object({ connections: z.record(z.string(), z.number()) }) });
const Invoice = z.object({
  usage: z.record(z.string(), z.number()),
  lines: z.array(z.looseObject({ kind: z.string() })),
});

describe("what a tenant uses of people", () => {
  test("is each message once, however it is sent, and the seconds that connections were open", async () => {
    const token = await tenantOf("metered");
    const opened = performance.now();
    const ann = await connectedClient(cell.url, { token });
    const quota = async () => Quotas.parse((await cell.ask("GET", "/api/tenants/self/quotas", { token })).json).quotas;
    expect((await quota()).connections).toEqual({ used: 1, limit: expect.any(Number), percentage: expect.any(Number) });
    ann.say({ type: "message", to: "everyone", body: "by socket", id: "one" });
    await ann.next("published");
    ann.say({ type: "message", to: "everyone", body: "by socket", id: "one" });
    await ann.next("published");
    const json = { to: "channel:deploys", body: { text: "by HTTP" } };
    for (const _ of [1, 2]) {
      const sent = await cell.ask("POST", "/api/messages", {
        token,
        json,
        headers: { "idempotency-key": "deploys-1" },
      });
      expect(sent.status, sent.text).toBeLessThan(300);
    }
    const asked = await cell.ask("POST", "/api/questions", { token, json: { question: "May it?" } });
    const { request_id } = await ann.next("ask_user");
    ann.say({ type: "user_response", request_id, answer: "yes" });
    await ann.next("question_closed");
    await ann.leave();

    expect(asked.status).toBe(201);
    await expect.poll(async () => (await quota()).connections.used, POLL).toBe(0);
    const openSeconds = (performance.now() - opened) / 1_000;
    const used = async () => {
      const { periods } = Usage.parse((await cell.ask("GET", "/api/tenants/self/usage", { token })).json);
      const sum = (kind: string): number => periods.reduce((all, { totals }) => all + (totals[kind] ?? 0), 0);
      return { messages: sum("messages"), connectionSeconds: sum("connectionSeconds") };
    };
    // Two that were written, each sent twice; the question, and that it is over.
    await expect.poll(async () => (await used()).messages, POLL).toBe(4);
    await expect.poll(async () => (await used()).connectionSeconds, POLL).toBeGreaterThanOrEqual(1);
    expect((await used()).connectionSeconds).toBeLessThanOrEqual(Math.ceil(openSeconds));
    const month = new Date().toISOString().slice(0, 7);
    const invoice = Invoice.parse((await cell.ask("GET", `/api/tenants/self/invoices/${month}`, { token })).json);
    expect(invoice.usage).toMatchObject(await used());
    expect(invoice.lines.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["messages", "connectionSeconds"]));
  }, 60_000);
});
