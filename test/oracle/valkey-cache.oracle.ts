import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  ANSWER_TIMEOUT_MS,
  CONNECTION_AGE_MAX_MS,
  OPEN_TIMEOUT_MS,
  SKIP_MS,
  TTL_MAX_MS,
  valkeyCache,
} from "../../layers/aws/valkey-cache.ts";
import { VALKEY_VALUE_BYTES_MAX } from "../../layers/aws/valkey-protocol.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { cacheContract } from "../contracts/cache.contract.ts";
import { freePort } from "../fixtures/free-port.ts";
import { type LocalValkey, localValkey } from "../fixtures/local-valkey.ts";
import { manualClock } from "../fixtures/manual-clock.ts";

let valkey: LocalValkey;
beforeAll(async () => {
  valkey = await localValkey();
});
afterAll(() => valkey.close());

cacheContract("Valkey", async () => {
  await valkey.administer(["FLUSHALL"]);
  const { cache, clock } = counted();
  return { cache, clock, close: async () => cache.close() };
});

/** A cache and how often it has signed in. */
function counted({ host, port, user }: Pick<LocalValkey, "host" | "port" | "user"> = valkey) {
  const clock = manualClock();
  const signIns: number[] = [];
  const signIn = async () => {
    signIns.push(clock.nowMs());
    return user;
  };
  const cache = valkeyCache({ server: { host, port, signIn }, clock });
  onTestFinished(() => cache.close());
  return { cache, clock, signIns };
}

const HOUR_MS = 3_600_000;

test("many calls at once share one connection, and each gets its own answer", async () => {
  const { cache, signIns } = counted();
  const names = Array.from({ length: 200 }, (_, index) => `many-${index}`);

  await Promise.all(names.map((name) => cache.set(name, `value of ${name}`, HOUR_MS)));
  const read = await Promise.all(names.map((name) => cache.get(name)));

  expect(read).toEqual(names.map((name) => `value of ${name}`));
  expect(signIns).toHaveLength(1);
});

test("each key ends on the server too, at the time given or after the longest there is", async () => {
  const { cache } = counted();
  await cache.set("short", "v", 60_000.5);
  await cache.set("for ever", "v", Number.POSITIVE_INFINITY);

  const livesMs = [await valkey.administer(["PTTL", "short"]), await valkey.administer(["PTTL", "for ever"])].map(
    Number,
  );

  expect(livesMs[0]).toBeGreaterThan(0);
  expect(livesMs[0]).toBeLessThanOrEqual(60_001);
  expect(livesMs[1]).toBeGreaterThan(TTL_MAX_MS - HOUR_MS);
  expect(livesMs[1]).toBeLessThanOrEqual(TTL_MAX_MS);
});

test("what something else has stored is as good as forgotten", async () => {
  const { cache } = counted();
  for (const text of ["", "no stamp", ":v", "soon:v"]) {
    await valkey.administer(["SET", "foreign", text]);
    expect(await cache.get("foreign")).toBeUndefined();
  }
});

test("a value that is too large or no Unicode takes the old one with it, and a key that is none is never stored", async () => {
  const { cache } = counted();
  await cache.set("large", "old", HOUR_MS);
  await cache.set("broken", "old", HOUR_MS);

  await cache.set("large", "x".repeat(VALKEY_VALUE_BYTES_MAX), HOUR_MS);
  await cache.set("broken", "\ud800", HOUR_MS);
  await cache.set("\ud800", "v", HOUR_MS);
  await cache.delete("\ud800");

  for (const key of ["large", "broken", "\ud800", "\udc00"]) expect(await cache.get(key)).toBeUndefined();
});

test("a connection that the server closed costs one answer, and the next call opens another", async () => {
  const { cache, signIns } = counted();
  await cache.set("k", "v", HOUR_MS);

  await valkey.administer(["CLIENT", "KILL", "USER", valkey.user.name]);
  const answers = [await cache.get("k"), await cache.get("k")];

  expect(answers.at(-1)).toBe("v");
  expect(signIns).toHaveLength(2);
});

test("a server that dies with a question unanswered is asked again as soon as it is back", async () => {
  const mortal = await localValkey();
  const { cache } = counted(mortal);
  await cache.set("k", "old", HOUR_MS);
  mortal.freeze();
  const unanswered = cache.get("k");
  await mortal.close();
  const answer = await unanswered;
  const reborn = await localValkey(mortal.port);
  onTestFinished(() => reborn.close());

  await cache.set("k", "new", HOUR_MS);

  expect([answer, await cache.get("k")]).toEqual([undefined, "new"]);
});

test("a connection is replaced, and its user signed in anew, before the service would close it", async () => {
  const { cache, clock, signIns } = counted();
  await cache.set("k", "v", 24 * HOUR_MS);

  clock.advance(CONNECTION_AGE_MAX_MS - 1);
  const before = await cache.get("k");
  const signInsBefore = signIns.length;
  clock.advance(1);
  const after = await cache.get("k");

  expect([before, after]).toEqual(["v", "v"]);
  expect([signInsBefore, signIns.length]).toEqual([1, 2]);
});

test("a server that stops to answer costs one call its timeout, is left alone for a while, and is then asked again", async () => {
  const { cache, clock, signIns } = counted();
  await cache.set("k", "v", HOUR_MS);

  valkey.freeze();
  onTestFinished(() => valkey.thaw());
  const slow = cache.get("k");
  clock.advance(ANSWER_TIMEOUT_MS);
  const answers = [await slow, await cache.get("k")];
  await cache.set("k", "lost", HOUR_MS);
  valkey.thaw();
  clock.advance(SKIP_MS - 1);
  answers.push(await cache.get("k"));
  clock.advance(1);
  answers.push(await cache.get("k"));

  expect(answers).toEqual([undefined, undefined, undefined, "v"]);
  expect(signIns).toHaveLength(2);
});

test("a user that the server does not take is not tried again for a while", async () => {
  const { cache, clock, signIns } = counted({ ...valkey, user: { name: "skein", password: "wrong" } });

  for (let call = 0; call < 5; call++) expect(await cache.get("k")).toBeUndefined();
  clock.advance(SKIP_MS);
  await cache.get("k");

  expect(signIns).toHaveLength(2);
});

test("a user who can't be signed in, or a server that is not there, is a cache that has forgotten", async () => {
  const nowhere = counted({ ...valkey, port: await freePort() });
  const clock = manualClock();
  const signIn = () => Promise.reject(new TypeError("no credentials"));
  const nobody = valkeyCache({ server: { ...valkey, signIn }, clock });
  onTestFinished(() => nobody.close());

  for (const cache of [nowhere.cache, nobody]) {
    await cache.set("k", "v", HOUR_MS);
    await cache.delete("k");
    expect(await cache.get("k")).toBeUndefined();
  }
});

test("a server that comes back is found when it is asked again", async () => {
  const port = await freePort();
  const { cache, clock } = counted({ ...valkey, port });
  await cache.set("k", "lost", HOUR_MS);
  const back = await localValkey(port);
  onTestFinished(() => back.close());

  clock.advance(SKIP_MS);
  await cache.set("k", "v", HOUR_MS);

  expect(await cache.get("k")).toBe("v");
});

test("a server that takes connections and says nothing keeps one opening busy, and never a call beyond its timeout", async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket.on("error", () => {}).resume())).listen(0, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => void silent.close());
  const { cache, clock, signIns } = counted({ ...valkey, port: Object(silent.address()).port });

  const first = cache.get("k");
  await once(silent, "connection");
  clock.advance(ANSWER_TIMEOUT_MS);
  const answers = [await first, await cache.get("k")];
  clock.advance(OPEN_TIMEOUT_MS - ANSWER_TIMEOUT_MS);
  await Promise.all(sockets.map((socket) => once(socket, "close")));
  clock.advance(SKIP_MS);
  const again = cache.get("k");
  await once(silent, "connection");
  clock.advance(ANSWER_TIMEOUT_MS);
  answers.push(await again);

  expect(answers).toEqual([undefined, undefined, undefined]);
  expect([sockets.length, signIns.length]).toEqual([2, 2]);
});

test("a connection that takes longer than a call waits is used once it is there", async () => {
  const clock = manualClock();
  const gate = Promise.withResolvers<void>();
  const signIn = async () => {
    await gate.promise;
    return valkey.user;
  };
  const cache = valkeyCache({ server: { ...valkey, signIn }, clock });
  onTestFinished(() => cache.close());
  const late = cache.set("late", "stale", HOUR_MS);
  clock.advance(ANSWER_TIMEOUT_MS);
  await late;

  gate.resolve();

  await expect
    .poll(async () => {
      await cache.set("probe", "v", HOUR_MS);
      return cache.get("probe");
    })
    .toBe("v");
  expect(await cache.get("late")).toBeUndefined();
});

test("an outage costs a call its timeout by a real clock", async () => {
  const cache = valkeyCache({ server: { ...valkey, signIn: async () => valkey.user }, clock: systemClock() });
  onTestFinished(() => cache.close());
  await expect.poll(() => cache.set("k", "v", HOUR_MS).then(() => cache.get("k"))).toBe("v");
  valkey.freeze();
  onTestFinished(() => valkey.thaw());

  const startedMs = performance.now();
  for (let call = 0; call < 100; call++) await cache.get("k");
  const tookMs = performance.now() - startedMs;

  expect(tookMs).toBeGreaterThanOrEqual(ANSWER_TIMEOUT_MS - 1);
  expect(tookMs).toBeLessThan(50 * ANSWER_TIMEOUT_MS);
});

test("a closed cache asks nobody any more", async () => {
  const { cache, signIns } = counted();
  await cache.set("k", "v", HOUR_MS);

  cache.close();

  expect(await cache.get("k")).toBeUndefined();
  expect(signIns).toHaveLength(1);
});
