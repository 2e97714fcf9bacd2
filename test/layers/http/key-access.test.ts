import { expect, test } from "vitest";
import { soleTenant } from "../../../layers/core/tenant/sole-tenant.ts";
import { keyAccess } from "../../../layers/http/key-access.ts";
import { aCall, answering, aRequest, problemOf } from "../../fixtures/http-call.ts";
import { tenant } from "../../fixtures/tenants.ts";

const sole = soleTenant(tenant("acme"), "access-key");
const isKey = async (given: string): Promise<boolean> => given === "right-KEY_1.~+/-=";

test.each(["Bearer right-KEY_1.~+/-=", "bearer   right-KEY_1.~+/-= "])(
  "%j opens, and says who calls",
  async (header) => {
    let caller: unknown;
    const handler = keyAccess({ isKey, ...sole }, async (request, context) => {
      caller = context.principal;
      return answering()(request, context);
    });

    const reply = await handler(aRequest({ headers: { authorization: header } }), aCall);

    expect(reply.status).toBe(200);
    expect(caller).toEqual(sole.principal);
  },
);

test.each([
  undefined,
  "",
  "Bearer",
  "Bearer ",
  "Bearer wrong",
  "Bearer right-KEY_1.~+/-= and more",
  "Basic right-KEY_1.~+/-=",
  "right-KEY_1.~+/-=",
  `Bearer ${"x".repeat(513)}`,
])("%j is refused before the handler, without a word on what was wrong", async (authorization) => {
  const handler = keyAccess({ isKey, ...sole }, () => Promise.reject(new TypeError("asked")));

  const reply = await handler(aRequest({ headers: { authorization } }), aCall);

  expect(reply).toMatchObject({ status: 401, headers: { "www-authenticate": "Bearer" } });
  expect(problemOf(reply)).toMatchObject({
    code: "key_required",
    detail: "this server answers calls that carry its access key as a bearer token",
  });
});

test("a call keeps its deadline and its signal", async () => {
  let passed: unknown;
  const handler = keyAccess({ isKey, ...sole }, async (request, { signal, deadlineEpochMs, requestId }) => {
    passed = { signal, deadlineEpochMs, requestId };
    return answering()(request, aCall);
  });

  await handler(aRequest({ headers: { authorization: "Bearer right-KEY_1.~+/-=" } }), aCall);

  const { signal, deadlineEpochMs, requestId } = aCall;
  expect(passed).toEqual({ signal, deadlineEpochMs, requestId });
});
