import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FLEET_TENANT } from "../../../../layers/core/tenant/tenant-id.ts";
import { type ApiCell, apiCell } from "../../../fixtures/api-cell.ts";
import { rawSocket } from "../../../fixtures/raw-socket.ts";
import { connectedClient, NotOpened, type SocketAsked, socketClient } from "../../../fixtures/socket-client.ts";

let cell: ApiCell;
beforeAll(async () => {
  cell = await apiCell();
  cell.warm();
});
afterAll(() => cell.close());

const statusOf = (asked: SocketAsked): Promise<unknown> =>
  socketClient(cell.url, asked).then(
    () => 101,
    (error: unknown) => (error instanceof NotOpened ? error.status : error),
  );
const of = (subject: string, role: "owner" | "developer" | "viewer" = "viewer") => ({
  token: cell.token({ subject, role }),
});
const published = async (to: string, body: unknown) => {
  const told = await cell.ask("POST", "/api/messages", { token: cell.owner, json: { to, body } });
  expect(told.status).toBe(201);
};
const ticket = async (token = cell.owner): Promise<string> => {
  const told = await cell.ask("POST", "/api/people/tickets", { token });
  expect(told.status).toBe(201);
  return told.json !== null && typeof told.json === "object" && "ticket" in told.json ? String(told.json.ticket) : "";
};

describe("the way to a connection", () => {
  test("is open to who shows a token in the first frame, and tells them who they are and how long they may stay", async () => {
    const client = await connectedClient(cell.url, of("ann"));
    expect(client.socket.protocol).toBe("skein.v1");
    expect(client.ack).toMatchObject({
      status: "connected",
      tenant: "local",
      subject: "local:ann",
      role: "viewer",
      protocol: "skein.v1",
    });
    // The token is good for ten minutes, and clocks may differ by thirty seconds.
    const leftSeconds = (Number(client.ack.ends_at) - Date.now()) / 1_000;
    expect(leftSeconds).toBeGreaterThan(600);
    expect(leftSeconds).toBeLessThan(632);
    expect(Object.keys(Object(client.ack.channels))).toEqual(
      expect.arrayContaining(["everyone", "role:viewer", `connection:${client.ack.connection_id}`]),
    );
    await client.leave();
  });

  test("is open to a client of the Frontend Router that names its subprotocol, and hears nothing that it would not know", async () => {
    const client = await connectedClient(cell.url, of("ann"), { protocols: ["mcp-websocket"] });
    expect(client.socket.protocol).toBe("mcp-websocket");

    await published("member:local:ann", "not for it");
    const question = { question: "Who is there?", to: "member:local:ann" };
    const asked = await cell.ask("POST", "/api/questions", { token: cell.owner, json: question });

    expect(asked.status).toBe(201);
    await client.next("ask_user");
    expect(client.frames.map(({ type }) => type)).toEqual(["connect_ack", "ask_user"]);
    await client.leave();
  });

  test("lasts two hours at most, however long a token is good", async () => {
    const token = cell.token({ subject: "long", lifetimeSeconds: 86_400 });
    const client = await connectedClient(cell.url, { token });
    expect(Number(client.ack.ends_at) - Date.now()).toBeLessThanOrEqual(2 * 60 * 60 * 1_000);
    await client.leave();
  });

  test("is open to who shows a token with the request, or a ticket in either place", async () => {
    const { token } = of("ann");
    const headers = { authorization: `Bearer ${token}` };
    const byHeader = await connectedClient(cell.url, {}, { headers });
    const byFrame = await connectedClient(cell.url, { ticket: await ticket(token) });
    const byProtocol = await connectedClient(
      cell.url,
      {},
      { protocols: ["skein.v1", `ticket.${await ticket(token)}`] },
    );
    for (const client of [byHeader, byFrame, byProtocol]) {
      expect(client.ack.subject).toBe("local:ann");
      expect(client.socket.protocol).toBe("skein.v1");
      await client.leave();
    }
  });

  test("is closed to a ticket that was used, wherever it is shown", async () => {
    const used = await ticket();
    await connectedClient(cell.url, { ticket: used });
    const again = await socketClient(cell.url);
    again.say({ type: "connect", ticket: used });
    expect(await again.next("error")).toMatchObject({ code: "ticket_refused", of: "connect" });
    expect(await again.closed).toEqual({ code: 1008, reason: "ticket_refused" });
    expect(await statusOf({ protocols: ["skein.v1", `ticket.${used}`] })).toBe(401);
  });

  test.each([
    ["nothing", {}, "credential_absent"],
    ["a token that is none", { token: "a.b.c" }, "credential_refused"],
    ["an API key that is none", { token: "sk_local_aaaaaaaaaaaa_bbbb" }, "credential_refused"],
    ["a ticket that is none", { ticket: "local.e30.AAAA" }, "ticket_refused"],
  ])("is closed to who shows %s", async (_, shown, code) => {
    const client = await socketClient(cell.url);
    client.say({ type: "connect", ...shown });
    expect(await client.next("error")).toMatchObject({ code });
    expect(await client.closed).toMatchObject({ code: 1008 });
  });

  test("is closed to a token of a tenant that is not there, and of one without the scope", async () => {
    const other = await socketClient(cell.url);
    other.say({ type: "connect", token: cell.token({ tenant: "nobody" }) });
    expect(await other.next("error")).toMatchObject({ code: "tenant_inactive" });
    const narrow = await socketClient(cell.url);
    narrow.say({ type: "connect", token: cell.token({ scopes: ["mcp:read"] }) });
    expect(await narrow.next("error")).toMatchObject({ code: "scope_missing" });
    expect(await narrow.closed).toEqual({ code: 1008, reason: "scope_missing" });
  });

  test("is closed to pages of other origins, to other hosts' names, and to a bad token at once", async () => {
    expect(await statusOf({ origin: "https://evil.example" })).toBe(403);
    expect(await statusOf({ origin: "null" })).toBe(403);
    expect(await statusOf({ headers: { host: "evil.example" } })).toBe(403);
    expect(await statusOf({ headers: { authorization: "Bearer a.b.c" } })).toBe(401);
    expect(await statusOf({ origin: "http://localhost:5173" })).toBe(101);
  });

  test("is told to who asks without wanting a WebSocket", async () => {
    expect(await cell.ask("GET", "/ws")).toMatchObject({ status: 426, json: { code: "upgrade_required" } });
    expect((await cell.ask("POST", "/ws")).status).toBe(405);
  });

  test("is not held open by who sends the request byte by byte", async () => {
    const port = Number(new URL(cell.url).port);
    const slow = await rawSocket(port, "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: webso");
    await slow.closed;
    expect(slow.received()).toContain("408");
  });
});

describe("a connected client", () => {
  test("is told what is published, once each, with numbers, and reads history by pages", async () => {
    const client = await connectedClient(cell.url, of("reader"));
    await published("everyone", { n: 1 });
    const first = await client.next("message");
    await published("everyone", { n: 2 });
    const second = await client.next("message");
    expect([first.body, second.body]).toEqual([{ n: 1 }, { n: 2 }]);
    expect(Number(second.seq)).toBe(Number(first.seq) + 1);
    client.say({ type: "history", channel: "everyone", limit: 1 });
    expect(await client.next("history")).toMatchObject({ messages: [{ body: { n: 2 } }], before: second.seq });
    await client.leave();
  });

  test("comes back and is told what it missed, in order, and how far it has come", async () => {
    const before = await connectedClient(cell.url, { ...of("away"), channels: ["channel:trips"] });
    await before.leave();
    for (let n = 1; n <= 5; n++) await published("channel:trips", { n });
    const { everyone } = Object(before.ack.channels);
    const client = await connectedClient(cell.url, { ...of("away"), after: { "channel:trips": 2, everyone } });
    const resumed = await client.next("resumed");
    const bodies = client.frames.filter(({ type }) => type === "message").map(({ body }) => body);
    expect(bodies).toEqual([{ n: 3 }, { n: 4 }, { n: 5 }]);
    expect(resumed.channels).toMatchObject({ "channel:trips": { seq: 5, head: 5 } });
    await client.leave();
  });

  test("hears a channel as long as it has joined it", async () => {
    const client = await connectedClient(cell.url, of("joiner"));
    client.say({ type: "join", channel: "channel:joined" });
    expect(await client.next("joined")).toEqual({ type: "joined", channel: "channel:joined", head: 0 });
    await published("channel:joined", 1);
    expect(await client.next("message")).toMatchObject({ channel: "channel:joined", seq: 1, body: 1 });
    client.say({ type: "leave", channel: "channel:joined" });
    await client.next("left");
    await published("channel:joined", 2);
    await published("member:local:joiner", 3);
    expect(await client.next("message")).toMatchObject({ body: 3 });
    await client.leave();
  });

  test("joins channels as it connects, and is told of those alone that it has joined", async () => {
    const names = (from: number) => Array.from({ length: 30 }, (_, number) => `channel:many-${from + number}`);
    const client = await connectedClient(cell.url, { ...of("many"), channels: names(0) });
    expect(Object.keys(Object(client.ack.channels))).toEqual(expect.arrayContaining(names(0)));

    client.say({ type: "connect", channels: names(30) });
    expect(await client.next("error")).toMatchObject({ code: "too_many_joined", of: "connect" });
    client.say({ type: "connect" });
    const { channels } = await client.next("connect_ack");
    const joined = Object.keys(Object(channels)).filter((name) => name.startsWith("channel:"));
    expect(joined).toEqual(names(0));
    await client.leave();
  });

  test("publishes what its role lets it, once under one id, and says how far it has read", async () => {
    const [dev, viewer] = [
      await connectedClient(cell.url, of("dev", "developer")),
      await connectedClient(cell.url, of("viewer")),
    ];
    const message = { type: "message", to: "channel:builds", body: "green", id: "b1" };
    viewer.say(message);
    expect(await viewer.next("error")).toMatchObject({ code: "role_forbidden", of: "message", ref: "b1" });
    dev.say(message);
    dev.say(message);
    const [first, second] = [await dev.next("published"), await dev.next("published")];
    expect(first).toMatchObject({ channel: "channel:builds", seq: 1, ref: "b1" });
    expect(second).toEqual(first);
    viewer.say({ type: "ack", channel: "channel:builds", seq: 9 });
    expect(await viewer.next("error")).toMatchObject({ code: "receipt_invalid", of: "ack" });
    viewer.say({ type: "ack", channel: "channel:builds", seq: 1 });
    viewer.say({ type: "ping" });
    await viewer.next("pong");
    const path = "/api/messages/receipts?channel=channel:builds&seq=1";
    expect((await cell.ask("GET", path, { token: cell.owner })).json).toMatchObject({
      receipts: [{ subject: "local:viewer", seq: 1 }],
    });
    await dev.leave();
    await viewer.leave();
  });

  test("sees who is there, and that they have left", async () => {
    const [one, two] = [await connectedClient(cell.url, of("here")), await connectedClient(cell.url, of("gone"))];
    const there = async () => {
      one.say({ type: "presence" });
      const { members } = await one.next("presence");
      return Array.isArray(members) ? members.map(({ subject }) => subject) : [];
    };
    expect(await there()).toEqual(expect.arrayContaining(["local:gone", "local:here"]));
    two.say({ type: "disconnect" });
    expect(await two.closed).toMatchObject({ code: 1000 });
    await expect.poll(there).not.toContain("local:gone");
    await one.leave();
  });

  test("is told nothing of channels that are not theirs, as if nothing were ever there", async () => {
    await published("member:local:secret", "for secret alone");
    const secret = await connectedClient(cell.url, of("secret"));
    const channel = Object.keys(Object(secret.ack.channels)).find((name) => name.startsWith("member:"));
    const other = await connectedClient(cell.url, of("other"));
    other.say({ type: "history", channel });
    expect(await other.next("history")).toEqual({ type: "history", channel, messages: [] });
    other.say({ type: "resume", after: { [String(channel)]: 0 } });
    expect((await other.next("resumed")).channels).toEqual({ [String(channel)]: { seq: 0, head: 0 } });
    other.say({ type: "ack", channel, seq: 1 });
    other.say({ type: "ping" });
    await other.next("pong");
    expect(other.frames.filter(({ type }) => type === "error" || type === "message")).toEqual([]);
    await secret.leave();
    await other.leave();
  });

  test("that says what can't be read is told what was wrong, and goes on", async () => {
    const client = await socketClient(cell.url);
    client.socket.send("{");
    expect(await client.next("error")).toMatchObject({ code: "frame_malformed" });
    client.say({ type: "tool_request" });
    expect(await client.next("error")).toMatchObject({ code: "frame_unknown" });
    client.say({ type: "presence" });
    expect(await client.next("error")).toMatchObject({ code: "not_connected" });
    client.say({ type: "connect", ...of("late") });
    expect(await client.next("connect_ack")).toMatchObject({ subject: "local:late" });
    client.say({ type: "connect", ...of("another") });
    expect(await client.next("connect_ack")).toMatchObject({ subject: "local:late" });
    await client.leave();
  });

  test("is cut when its API key is revoked, though it says nothing", async () => {
    const made = await cell.ask("POST", "/api/tenants/local/keys", {
      token: cell.owner,
      json: { name: "phone", role: "viewer" },
    });
    expect(made.status).toBe(201);
    const { key, keyId } = Object(made.json);
    const client = await connectedClient(cell.url, { token: key });
    expect((await cell.ask("DELETE", `/api/tenants/local/keys/${keyId}`, { token: cell.owner })).status).toBe(204);
    expect(await client.closed).toEqual({ code: 1008, reason: "api_key_over" });
  });
});

describe("tenants", () => {
  const sam = (tenant: string) => ({ token: cell.token({ tenant, subject: "sam" }) });

  beforeAll(async () => {
    const operator = cell.token({ tenant: FLEET_TENANT, role: "operator" });
    for (const tenantId of ["other", "small"]) {
      const json = { tenantId, name: tenantId, plan: "free", owner: { subject: "local:sam", name: "Sam" } };
      expect((await cell.ask("POST", "/api/tenants", { token: operator, json })).status).toBe(201);
    }
    const json = { connections: 2 };
    expect((await cell.ask("PUT", "/api/tenants/small/limits", { token: operator, json })).status).toBe(200);
  });

  test("hear nothing of each other, whatever one names", async () => {
    const ann = await connectedClient(cell.url, of("ann2"));
    const stranger = await connectedClient(cell.url, { ...sam("other"), after: { everyone: 0, "channel:trips": 0 } });
    stranger.say({ type: "message", to: `connection:${ann.ack.connection_id}`, body: "psst" });
    stranger.say({ type: "message", to: "member:local:ann2", body: "psst" });
    stranger.say({ type: "presence" });
    expect(await stranger.next("presence")).toMatchObject({ members: [{ subject: "local:sam" }] });
    await published("everyone", "of local alone");
    expect(await ann.next("message")).toMatchObject({ body: "of local alone" });
    stranger.say({ type: "message", to: "everyone", body: "of other alone" });
    expect(await stranger.next("message")).toMatchObject({ seq: 1, body: "of other alone" });
    expect(ann.frames.filter(({ type }) => type === "message")).toHaveLength(1);
    expect(stranger.frames.filter(({ type }) => type === "message")).toHaveLength(1);
    await stranger.leave();
    await ann.leave();
  });

  test("have as many connections as their quota, and one that ends makes room", async () => {
    const tried = async () => {
      const client = await socketClient(cell.url);
      client.say({ type: "connect", ...sam("small") });
      const told = await Promise.race([client.next("connect_ack"), client.next("error")]);
      return { client, told: told.code ?? told.type };
    };
    const all = [await tried(), await tried(), await tried()];
    expect(all.map(({ told }) => told)).toEqual(["connect_ack", "connect_ack", "quota_reached"]);
    expect(await all[2]?.client.closed).toEqual({ code: 1013, reason: "quota_reached" });
    await all[0]?.client.leave();
    await expect.poll(async () => (await tried()).told).toBe("connect_ack");
  });
});

test("Node's own client speaks it too", async () => {
  const socket = new WebSocket(`${cell.url.replace("http", "ws")}/ws`, ["skein.v1"]);
  await once(socket, "open");
  const ack = once(socket, "message");
  socket.send(JSON.stringify({ type: "connect", ...of("node") }));
  const [event] = await ack;
  expect(JSON.parse(event.data)).toMatchObject({ type: "connect_ack", subject: "local:node" });
  const over = once(socket, "close");
  socket.close();
  await over;
});
