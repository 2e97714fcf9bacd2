import { expect, onTestFinished, test } from "vitest";
import { functionCache } from "../../layers/aws/function-cache.ts";
import { iamCacheUser } from "../../layers/aws/valkey-user.ts";
import { localValkey } from "../fixtures/local-valkey.ts";
import { manualClock } from "../fixtures/manual-clock.ts";

const role = { region: "eu-west-1", credentials: { accessKeyId: "id", secretAccessKey: "secret" } };
const clock = manualClock();

test("where no cache is planned, there is none", () => {
  const settings = { CACHE_ENDPOINT: "none", CACHE_NAME: "none", CACHE_USER: "none" };

  expect(functionCache(settings, role, clock)).toBeUndefined();
});

test("the cache is at its endpoint, and is entered with a token of the function's role", async () => {
  const valkey = await localValkey();
  onTestFinished(() => valkey.close());
  const user = iamCacheUser({ ...role, cacheName: "skein-prod", userName: "skein-fn", clock });
  const { password } = await user();
  await valkey.administer(["ACL", "SETUSER", "skein-fn", "on", `>${password}`, "~*", "+@all", "-@dangerous"]);
  const settings = {
    CACHE_ENDPOINT: `${valkey.host}:${valkey.port}`,
    CACHE_NAME: "skein-prod",
    CACHE_USER: "skein-fn",
  };

  const cache = functionCache(settings, role, clock);
  await cache?.set("k", "v", 1000);

  expect(await cache?.get("k")).toBe("v");
});
