import { expect, test } from "vitest";
import { health, type Readiness } from "../../../layers/http/health.ts";
import { aCall, aRequest } from "../../fixtures/http-call.ts";

test.each<[Readiness, string, number, string]>([
  ["starting", "/health/live", 200, "ok"],
  ["starting", "/health/ready", 503, "starting"],
  ["starting", "/health/startup", 503, "starting"],
  ["ready", "/health/live", 200, "ok"],
  ["ready", "/health/ready", 200, "ready"],
  ["ready", "/health/startup", 200, "started"],
  ["draining", "/health/live", 200, "ok"],
  ["draining", "/health/ready", 503, "draining"],
  ["draining", "/health/startup", 200, "started"],
])("while %s, %s says %i and nothing but the status %s", async (readiness, path, status, word) => {
  const reply = await health(() => readiness)(aRequest({ path }), aCall);

  expect(reply).toEqual({
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: `{"status":"${word}"}`,
  });
});

test("there is no other probe", async () => {
  const reply = await health(() => "ready")(aRequest({ path: "/health/disk" }), aCall);

  expect(reply.status).toBe(404);
});
