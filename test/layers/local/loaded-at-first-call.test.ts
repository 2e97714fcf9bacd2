import { expect, test } from "vitest";
import type { HttpRequest } from "../../../layers/core/http/http-message.ts";
import { loadedAtFirstCall, onceLoaded } from "../../../layers/local/loaded-at-first-call.ts";
import { aCall, aRequest } from "../../fixtures/http-call.ts";

test("nothing is loaded before it is asked for, and then once for all who ask", async () => {
  let loads = 0;
  const loaded = onceLoaded(async () => ++loads);
  const before = loads;

  const told = await Promise.all([loaded(), loaded()]);

  expect(before).toBe(0);
  expect([...told, await loaded()]).toEqual([1, 1, 1]);
});

test("what does not load fails for each who asks, as it did the first time", async () => {
  const broken = new TypeError("broken");
  const loaded = onceLoaded(() => Promise.reject(broken));

  await expect(loaded()).rejects.toBe(broken);
  await expect(loaded()).rejects.toBe(broken);
});

test("each call comes to the handler that the first one has loaded", async () => {
  let loads = 0;
  const handler = loadedAtFirstCall(async () => {
    const load = ++loads;
    return async ({ path }: HttpRequest) => ({ status: 200, headers: {}, body: `${load} ${path}` });
  });

  const replies = [await handler(aRequest({ path: "/a" }), aCall), await handler(aRequest({ path: "/b" }), aCall)];

  expect(replies.map(({ body }) => body)).toEqual(["1 /a", "1 /b"]);
});
