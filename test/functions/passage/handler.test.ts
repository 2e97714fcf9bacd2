import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { carrierHandler } from "../../../functions/carrier/handler.ts";
import { PASSAGE_SHAPE, PassageConfig } from "../../../functions/passage/config.ts";
import type { ProjectAddresses } from "../../../functions/passage/find-target.ts";
import { type PassageHandlerParts, passageHandler } from "../../../functions/passage/handler.ts";
import { ADDRESS_DOUBTED_MS, ADDRESS_KEPT_MS, CARRIED_END_MARGIN_MS } from "../../../functions/passage/limits.ts";
import type { CallContext, HttpReply, HttpRequest } from "../../../layers/core/http/http-message.ts";
import { RunnerFault } from "../../../layers/core/ports/runner.ts";
import type { Project } from "../../../layers/core/project/project.ts";
import { ABORT_MARGIN_MS, BUFFERED_REPLY_BYTES_MAX } from "../../../layers/http/lambda/limits.ts";
import { BODY_BYTES_MAX, HEADER_BYTES_MAX, URL_BYTES_MAX } from "../../../layers/http/limits.ts";
import { headFrame, pieceFrame, ReplyBrokenOff } from "../../../layers/http/passage/carried-frames.ts";
import { LAMBDA_LIMITS } from "../../../layers/local/lambda/limits.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { aCall, aRequest, problemOf } from "../../fixtures/http-call.ts";
import { policyOf, principalOf } from "../../fixtures/principals.ts";
import { freeProjectPort, nameServer, projectServer } from "../../fixtures/project-server.ts";
import { projectThatRuns } from "../../fixtures/running-project.ts";
import { tenant } from "../../fixtures/tenants.ts";

const clock = systemClock();
let named: Awaited<ReturnType<typeof nameServer>>;
let carry: ReturnType<typeof carrierHandler>;
beforeAll(async () => {
  named = await nameServer("acme/r1");
  carry = carrierHandler({ network: "127.0.0.0/8", clock, namePort: named.port });
});
afterAll(() => void named.server.close());
const acme = tenant("acme");

/** Answers calls for one project of acme's, which is at the ports that are given, one after the other each time it is doubted. */
function passage(ports: readonly number[], given: Partial<PassageHandlerParts> & { readonly project?: Project } = {}) {
  const { project = projectThatRuns(), ...parts } = given;
  const left = [...ports];
  const addresses: PassageHandlerParts["addresses"] & ProjectAddresses = {
    projectOf: async (tenantId, projectId) =>
      tenantId === project.tenantId && projectId === project.projectId ? project : undefined,
    addressOf: async () => (left[0] === undefined ? undefined : { host: "127.0.0.1", port: left[0] }),
    doubt: () => void left.shift(),
  };
  const events: string[] = [];
  const reported: unknown[] = [];
  const handler = passageHandler({
    addresses,
    carrier: async (event) => {
      events.push(event);
      return carry(JSON.parse(event), { awsRequestId: "r1", getRemainingTimeInMillis: () => 100_000 });
    },
    replyMode: "stream",
    clock,
    report: (fault) => reported.push(fault),
    ...parts,
  });
  const ask = (request: Partial<HttpRequest> = {}, call: Partial<CallContext> = {}): Promise<HttpReply> =>
    handler(aRequest({ path: "/p/p1/", ...request }), {
      ...aCall,
      principal: principalOf(),
      policy: policyOf(acme),
      deadlineEpochMs: clock.nowMs() + 20_000,
      ...call,
    });
  return { ask, events, reported };
}

async function textOf({ body }: HttpReply): Promise<string> {
  if (typeof body === "string" || body instanceof Uint8Array) return Buffer.from(body).toString();
  let text = "";
  for await (const piece of body) text += Buffer.from(piece).toString();
  return text;
}

const hello = () => projectServer((request, reply) => void reply.end(`hello at ${request.url}`));

test("a call goes to the project's run, and its answer comes back with what was done for the log", async () => {
  const { port } = await hello();

  const reply = await passage([port]).ask({ path: "/p/p1/a%20b", query: "c=1" });

  expect([reply.status, await textOf(reply)]).toEqual([200, "hello at /a%20b?c=1"]);
  expect(reply.log).toEqual({ operation: "GET /p/", outcome: "ok" });
});

test("below a stage of API Gateway's the project's paths begin with it", async () => {
  const { port } = await projectServer((request, reply) => {
    reply.writeHead(302, { location: "/login", "set-cookie": "a=1" }).end(request.headers["x-forwarded-prefix"]);
  });
  const { ask } = passage([port]);

  const [within, without] = [await ask({ mount: "/live" }), await ask({ mount: "/live", path: "/p/p1" })];

  expect([within.headers.location, within.cookies]).toEqual(["/live/p/p1/login", ["a=1; Path=/live/p/p1/"]]);
  expect(await textOf(within)).toBe("/live/p/p1");
  expect(without.headers.location).toBe("/live/p/p1/");
});

describe("who may not is told so, and nobody is called", () => {
  const stranger = { principal: principalOf({ tenantId: tenant("other") }), policy: policyOf(tenant("other")) };

  test.each<[string, Partial<HttpRequest>, Partial<CallContext>, number, string]>([
    ["another tenant", {}, stranger, 404, "project_unknown"],
    ["a tenant without the toolkit", {}, { policy: policyOf(acme, { toolkits: [] }) }, 404, "project_unknown"],
    ["who only reads, to send", { method: "POST" }, { principal: principalOf({ role: "viewer" }) }, 403, ""],
    ["who asks for what is no project's address", { path: "/p/a.b/" }, {}, 404, "project_unknown"],
  ])("%s", async (_who, request, call, status, code) => {
    const { ask, events } = passage([3000]);

    const reply = await ask(request, call);

    expect(reply.status).toBe(status);
    if (code !== "") expect(problemOf(reply)).toMatchObject({ code });
    expect(events).toEqual([]);
  });

  test("a project that does not run, or is nowhere yet", async () => {
    const { run: _run, ...stopped } = projectThatRuns();

    expect(problemOf(await passage([3000], { project: stopped }).ask())).toMatchObject({ code: "project_not_running" });
    expect(problemOf(await passage([]).ask())).toMatchObject({ code: "project_not_listening" });
  });

  test("a project of another region", async () => {
    const elsewhere = {
      projectOf: async () => projectThatRuns(),
      addressOf: async () => "elsewhere" as const,
      doubt() {},
    };
    const { ask, events } = passage([3000], { addresses: elsewhere });

    expect(problemOf(await ask())).toMatchObject({ status: 421, code: "project_elsewhere" });
    expect(events).toEqual([]);
  });
});

test.each<[string, HttpRequest["headers"]]>([
  ["that says so", { upgrade: "WebSocket", connection: "Upgrade" }],
  ["of which a front door has left only the key", { "sec-websocket-key": "x" }],
])("a WebSocket %s is refused with the reason", async (_what, headers) => {
  const { ask, events } = passage([3000]);

  expect(problemOf(await ask({ headers }))).toMatchObject({ status: 501, code: "websocket_not_carried" });
  expect(events).toEqual([]);
});

describe("where nobody is found", () => {
  test("the run is looked for again, and found where it is now", async () => {
    const { port } = await hello();
    const nobody = await freeProjectPort();
    const { ask, events } = passage([nobody, port]);

    expect(await textOf(await ask({ method: "POST", body: Buffer.from("once") }))).toBe("hello at /");
    expect(events.length).toBe(2);
  });

  test("nor elsewhere, that is said, and the same address is called once alone", async () => {
    const nobody = await freeProjectPort();
    const { ask, events } = passage([nobody, nobody]);

    expect(problemOf(await ask())).toMatchObject({ status: 502, code: "project_not_listening" });
    expect(events.length).toBe(1);
  });
});

test("a run that is not the project's any more at its address is not called, and said not to listen", async () => {
  const { port } = await hello();
  const { ask, events } = passage([port], { project: projectThatRuns({ runId: "r2" }) });

  expect(problemOf(await ask())).toMatchObject({ status: 502, code: "project_not_listening" });
  expect(JSON.parse(events[0] ?? "{}")).toMatchObject({ run: "acme/r2" });
});

test("a project that has taken a call and hangs up is not called again", async () => {
  const asked = vi.fn();
  const { port } = await projectServer((request) => {
    asked();
    request.socket.destroy();
  });

  expect(problemOf(await passage([port, port]).ask())).toMatchObject({ status: 502, code: "project_reply_broken" });
  expect(asked).toHaveBeenCalledOnce();
});

test("a project that does not begin to answer is given up", async () => {
  const { port } = await projectServer(() => {});

  const reply = await passage([port], { replyTimeoutMs: 50 }).ask();

  expect(problemOf(reply)).toMatchObject({
    status: 504,
    code: "project_timeout",
    detail: expect.stringContaining("50 ms"),
  });
});

test("a call whose time is over before it is carried ends with it", async () => {
  const over = AbortSignal.abort();
  const carrier: PassageHandlerParts["carrier"] = async (_event, signal) => {
    signal.throwIfAborted();
    throw new TypeError("never");
  };

  const reply = await passage([3000], { carrier }).ask({}, { signal: over });

  expect(problemOf(reply)).toMatchObject({ status: 504, code: "project_timeout" });
});

describe("what leads to projects is away", () => {
  test.each([
    ["what carries calls", Object.assign(new Error("throttled"), { code: "invocation_failed" })],
    ["what tells of tasks", new RunnerFault("look", { cause: undefined })],
  ])("%s: the caller may come again, and the operator is told", async (_what, fault) => {
    const carrier = () => Promise.reject(fault);
    const { ask, reported } = passage([3000], { carrier });

    const reply = await ask();

    expect(problemOf(reply)).toMatchObject({ status: 503, code: "passage_unavailable" });
    expect(reply.headers["retry-after"]).toBe("1");
    expect(reported).toEqual([fault]);
  });

  test("any other fault is none of its caller's", async () => {
    const carrier = () => Promise.reject(new TypeError("broken"));

    await expect(passage([3000], { carrier }).ask()).rejects.toThrow("broken");
  });
});

describe("a reply that breaks off", () => {
  const halving = () =>
    projectServer((_request, reply) => {
      reply.writeHead(200, { "content-length": "100" }).write("half", () => reply.destroy());
    });

  test("fails as a stream, and the call's line says why", async () => {
    const { port } = await halving();

    const reply = await passage([port]).ask();

    await expect(textOf(reply)).rejects.toThrow(ReplyBrokenOff);
    expect(reply.log).toMatchObject({ outcome: "broken_off" });
  });

  test("is none where replies go out whole", async () => {
    const { port } = await halving();

    const reply = await passage([port], { replyMode: "buffer" }).ask();

    expect(problemOf(reply)).toMatchObject({ status: 504, code: "project_timeout" });
  });
});

describe("where replies go out whole", () => {
  test.each([
    ["the most that may", BUFFERED_REPLY_BYTES_MAX.alb, 200],
    ["one byte more", BUFFERED_REPLY_BYTES_MAX.alb + 1, 413],
  ])("%s", async (_what, bytes, status) => {
    const { port } = await projectServer((_request, reply) => {
      reply.write("x");
      reply.end(Buffer.alloc(bytes - 1));
    });

    expect((await passage([port], { replyMode: "buffer" }).ask()).status).toBe(status);
  });
});

test.each([
  ["HEAD", 200],
  ["GET", 204],
  ["GET", 304],
])("a reply to %s with %i has no body, and what carries it is left", async (method, status) => {
  const left = vi.fn();
  async function* carried(): AsyncGenerator<Uint8Array> {
    try {
      yield headFrame({ status, headers: {} });
      yield pieceFrame(Buffer.from("never heard"));
    } finally {
      left();
    }
  }

  const reply = await passage([3000], { carrier: async () => carried() }).ask({ method });

  expect([reply.status, reply.body]).toEqual([status, ""]);
  expect(left).toHaveBeenCalled();
});

test.each<[string, Partial<HttpRequest>, string | undefined]>([
  ["no body has no length", {}, undefined],
  ["a body has its own", { method: "POST", body: Buffer.from([0, 255]), headers: { "content-length": "9" } }, "2"],
  ["an empty body that was told has none", { method: "POST", headers: { "content-length": "0" } }, "0"],
  ["a body that came in chunks has one by now", { method: "POST", headers: { "transfer-encoding": "chunked" } }, "0"],
])("a request with %s", async (_what, request, length) => {
  const { port } = await projectServer((incoming, reply) => void reply.end(String(incoming.headers["content-length"])));

  expect(await textOf(await passage([port]).ask(request))).toBe(String(length));
});

test("what no head and no path can hold as it is arrives as the bytes that it came as", async () => {
  const { port } = await projectServer((request, reply) => {
    const own = Buffer.from(String(request.headers["x-own"]), "latin1").toString();
    reply.end(`${request.url} ${own} ${request.headers["x-plain"]}`);
  });

  const reply = await passage([port]).ask({
    query: "q=gr\u00fcn \u20ac",
    headers: { "x-own": "5 \u20ac", "x-plain": "gr\u00fcn" },
  });

  expect(await textOf(reply)).toBe("/?q=gr%C3%BCn%20%E2%82%AC 5 \u20ac gr\u00fcn");
});

test("front doors say themselves how long a reply is, and when it was made", async () => {
  const { port } = await hello();

  const { headers } = await passage([port]).ask();

  expect(Object.keys(headers)).not.toContain("content-length");
  expect(Object.keys(headers)).not.toContain("date");
});

test("the carrier has less time than the call has, and is told so", async () => {
  const { port } = await hello();
  const { ask, events } = passage([port]);

  await ask({}, { deadlineEpochMs: clock.nowMs() + 2_000 });

  const { timeoutMs, replyTimeoutMs } = JSON.parse(events[0] ?? "{}");
  expect(timeoutMs).toBeLessThanOrEqual(2_000 - CARRIED_END_MARGIN_MS);
  expect(replyTimeoutMs).toBeGreaterThanOrEqual(timeoutMs);
  expect(replyTimeoutMs).toBeLessThanOrEqual(2_000 - CARRIED_END_MARGIN_MS);
});

test("the largest request fits into an event of Lambda's", () => {
  const base64Bytes = Math.ceil(BODY_BYTES_MAX / 3) * 4;

  // Each character of a path or a header takes two in JSON at most: they are printable ASCII, or escaped by then.
  expect(base64Bytes + 2 * (URL_BYTES_MAX + HEADER_BYTES_MAX) + 1_000).toBeLessThan(LAMBDA_LIMITS.eventBytesMax);
});

test("an address is doubted sooner than it is forgotten, and the margins lie in each other", () => {
  expect(ADDRESS_DOUBTED_MS).toBeLessThan(ADDRESS_KEPT_MS);
  expect(CARRIED_END_MARGIN_MS).toBeLessThan(ABORT_MARGIN_MS);
});

test("its settings name what carries calls by its alias", () => {
  const { CARRIER_FUNCTION } = PassageConfig.shape;

  expect(CARRIER_FUNCTION.safeParse("skein-small-carrier:live").success).toBe(true);
  for (const name of ["skein-small-carrier", "a:b:c", "arn:aws:lambda:x", ""]) {
    expect(CARRIER_FUNCTION.safeParse(name).success, name).toBe(false);
  }
  expect(PASSAGE_SHAPE.routes).toEqual([
    { path: "/p/", methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] },
  ]);
});
