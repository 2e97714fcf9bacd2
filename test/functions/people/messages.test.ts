import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ApiCell, type Asked, apiCell, type Told } from "../../fixtures/api-cell.ts";
import { DescribedApi } from "../../fixtures/described-api.ts";

let cell: ApiCell;
let api: DescribedApi;
const tokens = new Map<string, string>();

beforeAll(async () => {
  cell = await apiCell();
  api = new DescribedApi((await cell.ask("GET", "/api/openapi.json")).json);
});
afterAll(() => cell.close());

/** Holds every reply against the document. */
async function ask(who: string, method: string, path: string, json?: unknown, more: Asked = {}): Promise<Told> {
  const told = await cell.ask(method, path, { ...more, ...(json !== undefined && { json }), token: tokenOf(who) });
  expect(api.flawsOf(method, path, told)).toEqual([]);
  return told;
}

/** `ann` is an owner, `dev` a developer, `eve` a viewer. */
function tokenOf(subject: string): string {
  const role = subject === "ann" ? "owner" : subject === "dev" ? "developer" : "viewer";
  const token = tokens.get(subject) ?? cell.token({ subject, role });
  tokens.set(subject, token);
  return token;
}

const Published = z.looseObject({ channel: z.string(), seq: z.int(), messageId: z.string(), isNew: z.boolean() });
const Page = z.looseObject({
  messages: z.array(z.looseObject({ seq: z.int(), body: z.unknown() })),
  next: z.int().optional(),
});

async function published(to: string, body: unknown, headers: Record<string, string> = {}) {
  const told = await ask("dev", "POST", "/api/messages", { to, body }, { headers });
  expect(told.status).toBe(201);
  return Published.parse(told.json);
}

async function read(who: string, query: string) {
  return Page.parse((await ask(who, "GET", `/api/messages?${query}`)).json);
}

describe("a message", () => {
  test("is numbered in its channel and read by pages from both ends", async () => {
    for (const text of ["a", "b", "c", "d"]) await published("channel:pages", { text });

    const newest = await read("eve", "channel=channel:pages&limit=3");
    const rest = await read("eve", `channel=channel:pages&before=${newest.next}`);
    const after = await read("eve", "channel=channel:pages&after=2");

    expect(newest.messages.map(({ seq }) => seq)).toEqual([4, 3, 2]);
    expect(rest.messages.map(({ body }) => body)).toEqual([{ text: "a" }]);
    expect(after.messages.map(({ seq }) => seq)).toEqual([3, 4]);
  });

  test("for a member is read by that member alone, who finds a channel that is not theirs empty", async () => {
    const { channel } = await published("member:local:eve", "for eve");

    const theirs = await read("eve", `channel=${channel}`);
    const anothers = await read("ann", `channel=${channel}`);

    expect(theirs.messages.map(({ body }) => body)).toEqual(["for eve"]);
    expect(anothers.messages).toEqual([]);
  });

  test("for a role is read by those who have it", async () => {
    await published("role:viewer", "for viewers");

    expect((await read("eve", "channel=role:viewer")).messages).toHaveLength(1);
    expect((await read("dev", "channel=role:viewer")).messages).toEqual([]);
  });

  test("with a key is published once, however often it is sent", async () => {
    const headers = { "idempotency-key": "k1" };
    const first = await published("channel:once", 1, headers);
    const again = await published("channel:once", 1, headers);

    expect(again).toMatchObject({ seq: first.seq, messageId: first.messageId, isNew: false });
    expect((await read("eve", "channel=channel:once")).messages).toHaveLength(1);
  });

  test("with a key that stands for another is refused, and not published", async () => {
    const headers = { "idempotency-key": "k2" };
    await published("channel:keyed", { text: "a" }, headers);
    const json = { to: "channel:keyed", body: { text: "b" } };
    const other = await ask("dev", "POST", "/api/messages", json, { headers });

    expect(other.status).toBe(422);
    expect(other.json).toMatchObject({ code: "idempotency_key_reused" });
    expect((await read("eve", "channel=channel:keyed")).messages).toMatchObject([{ body: { text: "a" } }]);
  });

  test.each([
    ["an audience that is none", { to: "all", body: 1 }, 400],
    ["no body", { to: "everyone" }, 400],
    ["more than 64 KiB", { to: "everyone", body: "x".repeat(64 * 1024) }, 413],
  ])("with %s is refused", async (_what, json, status) => {
    expect((await ask("dev", "POST", "/api/messages", json)).status).toBe(status);
  });

  test("is published by nobody who may only read", async () => {
    expect((await ask("eve", "POST", "/api/messages", { to: "everyone", body: 1 })).status).toBe(403);
  });

  test("is read in one direction at a time", async () => {
    expect((await ask("eve", "GET", "/api/messages?channel=everyone&before=2&after=1")).status).toBe(400);
  });

  test("comes compressed where a page is over a kilobyte and the caller takes that", async () => {
    await published("channel:long", "long ".repeat(500));
    const headers = { "accept-encoding": "gzip" };

    const long = await ask("eve", "GET", "/api/messages?channel=channel:long", undefined, { headers });
    const short = await ask("eve", "GET", "/api/messages?channel=channel:silent", undefined, { headers });

    expect(long.headers.get("content-encoding")).toBe("gzip");
    expect(long.text).toContain("long long");
    expect(short.headers.has("content-encoding")).toBe(false);
  });
});

describe("a channel", () => {
  test("is listed once something was published there, and kept for as long as an admin says", async () => {
    await published("channel:kept", 1);
    const set = await ask("ann", "PUT", "/api/messages/channels/kept", { retentionSeconds: 7_200 });
    const listed = await ask("eve", "GET", "/api/messages/channels?limit=100");

    expect(set.json).toEqual({ name: "kept", channel: "channel:kept", retentionSeconds: 7_200 });
    expect(listed.json).toMatchObject({ channels: expect.arrayContaining([set.json]) });
    const { json } = await ask("ann", "GET", "/api/tenants/self/audit?limit=5");
    expect(JSON.stringify(json)).toContain("channel.change");
  });

  test.each([
    [59 * 60, 400],
    [91 * 86_400, 400],
  ])("is kept for no %i seconds", async (retentionSeconds, status) => {
    expect((await ask("ann", "PUT", "/api/messages/channels/kept", { retentionSeconds })).status).toBe(status);
  });

  test("is set up by admins alone, and only under a name", async () => {
    expect((await ask("dev", "PUT", "/api/messages/channels/kept", { retentionSeconds: 7_200 })).status).toBe(403);
    expect((await ask("ann", "PUT", "/api/messages/channels/No%20Name", { retentionSeconds: 7_200 })).status).toBe(400);
  });
});

describe("a channel that is removed", () => {
  const names = async () => {
    const { json } = await ask("eve", "GET", "/api/messages/channels?limit=100");
    return z
      .object({ channels: z.array(z.object({ name: z.string() })) })
      .parse(json)
      .channels.map(({ name }) => name);
  };

  test("is listed no more, however often it is removed, and who did it is written down", async () => {
    await published("channel:old", "what was said");
    const before = await names();
    const removed = await ask("ann", "DELETE", "/api/messages/channels/old");
    const again = await ask("ann", "DELETE", "/api/messages/channels/old");

    expect([removed.status, removed.text, again.status]).toEqual([204, "", 204]);
    expect([before.includes("old"), (await names()).includes("old")]).toEqual([true, false]);
    const { json } = await ask("ann", "GET", "/api/tenants/self/audit?limit=1");
    expect(json).toMatchObject({
      records: [{ action: "channel.change", target: { kind: "channel", id: "old" }, after: { status: "removed" } }],
    });
  });

  test("is read as long as it would have been, and made again by a message, in numbers above its own", async () => {
    await published("channel:again", "before");
    await ask("ann", "PUT", "/api/messages/channels/again", { retentionSeconds: 7_200 });
    await ask("ann", "DELETE", "/api/messages/channels/again");
    const left = await read("eve", "channel=channel:again");
    const { seq } = await published("channel:again", "after");

    const told = await read("eve", "channel=channel:again&after=1");
    const listed = await ask("eve", "GET", "/api/messages/channels?limit=100");

    expect(left.messages.map(({ body }) => body)).toEqual(["before"]);
    expect(seq).toBeGreaterThan(1);
    expect(told).toEqual({ messages: [expect.objectContaining({ seq, body: "after" })] });
    expect(listed.json).toMatchObject({
      channels: expect.arrayContaining([expect.objectContaining({ name: "again", retentionSeconds: 604_800 })]),
    });
  });

  test("is removed by admins alone, and where there is none nothing is done", async () => {
    await published("channel:stays", 1);

    expect((await ask("dev", "DELETE", "/api/messages/channels/stays")).status).toBe(403);
    expect(await names()).toContain("stays");
    expect((await ask("ann", "DELETE", "/api/messages/channels/never")).status).toBe(204);
    expect((await ask("ann", "DELETE", "/api/messages/channels/No%20Name")).status).toBe(400);
    expect(await names()).not.toContain("never");
  });
});

describe("a receipt", () => {
  test("says who has read a message, and never falls", async () => {
    for (const text of ["a", "b"]) await published("channel:read", { text });
    await ask("eve", "PUT", "/api/messages/receipts", { channel: "channel:read", seq: 2 });
    const later = await ask("eve", "PUT", "/api/messages/receipts", { channel: "channel:read", seq: 1 });

    expect(later.json).toMatchObject({ subject: "local:eve", seq: 2 });
    const list = await ask("dev", "GET", "/api/messages/receipts?channel=channel:read&seq=2");
    expect(list.json).toMatchObject({ receipts: [{ subject: "local:eve", seq: 2 }] });
  });

  test("is of a message that was published, in a channel that one hears", async () => {
    const { channel } = await published("member:local:ann", 1);

    const beyond = await ask("eve", "PUT", "/api/messages/receipts", { channel: "channel:read", seq: 9 });
    const anothers = await ask("eve", "PUT", "/api/messages/receipts", { channel, seq: 1 });

    expect([beyond.status, anothers.status]).toEqual([400, 400]);
    expect((await ask("eve", "GET", `/api/messages/receipts?channel=${channel}&seq=1`)).json).toEqual({ receipts: [] });
  });
});

describe("who is there", () => {
  test("is nobody as long as nobody is connected", async () => {
    expect((await ask("eve", "GET", "/api/people/presence")).json).toEqual({ members: [], isWhole: true });
  });

  test("a ticket is of some seconds", async () => {
    const made = await ask("eve", "POST", "/api/people/tickets");
    const { ticket, expiresAtEpochMs } = z
      .object({ ticket: z.string(), expiresAtEpochMs: z.number() })
      .parse(made.json);

    expect(made.status).toBe(201);
    expect(ticket).toMatch(/^[\w.-]+$/);
    expect(expiresAtEpochMs - Date.now()).toBeLessThanOrEqual(30_000);
  });
});
