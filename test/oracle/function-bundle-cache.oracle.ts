import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { iamCacheUser } from "../../layers/aws/valkey-user.ts";
import type { HostedFunction } from "../../layers/local/lambda/hosted-function.ts";
import { deployLocally, type LocalDeployment } from "../../scripts/lambda/local-deployment.ts";
import { type LocalValkey, localValkey } from "../fixtures/local-valkey.ts";
import { manualClock } from "../fixtures/manual-clock.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { byOurs } from "./lambda-runtime/both-runtimes.ts";
import { deployedFunction, invocationOf, modernRequest } from "./lambda-runtime/bundle-calls.ts";

/** The bundle of the MCP function, with a cache at a real server: over TLS, and entered by its role. */

const CACHE_NAME = "skein-test";
/** What the local host gives functions as their role. */
const ROLE = { accessKeyId: "local", secretAccessKey: "local", sessionToken: "local" };
/** Tokens name the second in which they were made: so many are taken, from a little before the test on. */
const TOKEN_SECONDS = 300;

let valkey: LocalValkey;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let deployment: LocalDeployment;

beforeAll(async () => {
  [valkey, folder] = await Promise.all([localValkey(), temporaryFolder()]);
  deployment = await deployLocally({ dataDir: folder.path, surface: "index", frontDoor: "alb" });
});

beforeEach(async () => {
  await valkey.administer(["FLUSHALL"]);
  const passwords = (await tokens()).map((token) => `>${token}`);
  await valkey.administer(["ACL", "SETUSER", CACHE_NAME, "reset", "on", ...passwords, "~*", "+@all", "-@dangerous"]);
});

afterAll(async () => {
  await Promise.all([deployment.close(), valkey.close()]);
  await folder.remove();
});

test("one process leaves its result in the cache, and another answers with what is there", async () => {
  const of = cached({ CACHE_USER: CACHE_NAME });

  const first = await baked(of);
  const [key = ""] = (await keys()).filter((name) => !name.endsWith("generation"));
  const kept = await valkey.administer(["GET", key]);
  await valkey.administer(["SET", key, String(kept).replace(/[^:]*$/, "c2tlaW4="), "KEEPTTL"]);
  const second = await baked(of);

  expect(first).toBe("aGVsbG8=");
  expect(kept).toMatch(/aGVsbG8=$/);
  expect(second).toBe("c2tlaW4=");
});

test("a process whose role may not enter the cache answers all the same, and leaves nothing there", async () => {
  const answer = await baked(cached({ CACHE_USER: "stranger" }));

  expect(answer).toBe("aGVsbG8=");
  expect(await keys()).toEqual([]);
});

test("a process that does not trust the server's certificate answers all the same, and leaves nothing there", async () => {
  const of = cached({ CACHE_USER: CACHE_NAME });
  const { NODE_EXTRA_CA_CERTS: _certificate, ...variables } = of.variables;

  const answer = await baked({ ...of, variables });

  expect(answer).toBe("aGVsbG8=");
  expect(await keys()).toEqual([]);
});

function cached({ CACHE_USER }: { readonly CACHE_USER: string }): HostedFunction {
  const of = deployedFunction(deployment, "mcp");
  const variables = {
    ...of.variables,
    CACHE_ENDPOINT: `${valkey.host}:${valkey.port}`,
    CACHE_NAME,
    CACHE_USER,
    NODE_EXTRA_CA_CERTS: valkey.certificateFile,
  };
  return { ...of, variables };
}

/** What a new process of the function answers. */
async function baked(of: HostedFunction): Promise<unknown> {
  const params = { name: "cyberchef_bake", arguments: { input: "hello", recipe: [{ op: "To Base64" }] } };
  const [seen] = await byOurs(of, [invocationOf("alb", modernRequest(deployment.accessKey, "tools/call", params))]);
  if (seen?.kind !== "whole") throw new TypeError(`it came to ${JSON.stringify(seen)}`);
  const { body } = JSON.parse(seen.body);
  return JSON.parse(body).result.content[0].text;
}

async function keys(): Promise<readonly string[]> {
  const all = await valkey.administer(["EVAL", "return table.concat(redis.call('KEYS', '*'), '\\n')", "0"]);
  return all === undefined || all === "" ? [] : all.split("\n");
}

/** What the function's role signs in with, from now on. */
async function tokens(): Promise<readonly string[]> {
  const clock = manualClock(Date.now() - 5_000);
  const { region } = deployedFunction(deployment, "mcp");
  const signIn = iamCacheUser({ credentials: ROLE, region, cacheName: CACHE_NAME, userName: CACHE_NAME, clock });
  const all: string[] = [];
  for (let second = 0; second < TOKEN_SECONDS; second++) {
    all.push((await signIn()).password);
    clock.advance(1_000);
  }
  return all;
}
