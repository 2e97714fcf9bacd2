import { cpSync } from "node:fs";
import { join } from "node:path";
import { CLAIMS_SHAPE } from "../../functions/claims/config.ts";
import { parseTenantId } from "../../layers/core/tenant/tenant-id.ts";
import { EnvironmentPool } from "../../layers/local/lambda/environment-pool.ts";
import type { HostedFunction } from "../../layers/local/lambda/hosted-function.ts";
import type { HostedWorker } from "../../layers/local/lambda/hosted-worker.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { deployLocally, type LocalDeployment } from "../../scripts/lambda/local-deployment.ts";
import { ROOT } from "../subjects.ts";
import { answerOf, type ColdCall, stocked } from "./calls.ts";
import { CLAIMS_CALL } from "./claims-call.ts";
import { connectCall, heldClient } from "./connection.ts";
import { httpCall, LIST_TOOLS, postJson, READINGS } from "./http-calls.ts";
import { openProjectFunctions } from "./project-functions.ts";
import type { Subject } from "./subject.ts";
import { queuedCall, scheduledCall, usageCall } from "./worker-calls.ts";

export interface Subjects {
  /** The MCP function, beside which the peers stand. */
  readonly mcp: Subject;
  /** All others that are deployed, each with a call of its own. */
  readonly others: readonly Subject[];
  close(): Promise<void>;
}

/** @param stockCount how many events are made ahead of those that take a function to make. */
export async function openSubjects(dataDir: string, stockCount: number): Promise<Subjects> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closing.toReversed()) await each();
  };
  try {
    const deployment = await deployLocally({ dataDir, surface: "index", frontDoor: "rest" });
    closing.push(deployment.close);
    const { accessKey } = deployment;
    const mcp = doorSubject(deployment, "mcp", httpCall(LIST_TOOLS, accessKey));
    const doors = Object.entries(READINGS).map(([name, asked]) =>
      doorSubject(deployment, name, httpCall(asked, accessKey)),
    );
    const pools = new Pools(deployment);
    closing.push(() => pools.close());
    const people = await peopleSubjects(deployment, { pools, closing, stockCount });
    const worker = await workerSubject(deployment, pools, stockCount);
    const projects = await openProjectFunctions(mcp.hosted, { dataDir, accessKey });
    closing.push(projects.close);
    const claims = claimsSubject(mcp.hosted, dataDir);
    const others = [...doors, ...people, worker, ...queueless(deployment), ...projects.subjects, claims];
    return { mcp, others, close };
  } catch (fault) {
    await close();
    throw fault;
  }
}

/** Environments of functions by which events are made for others. */
class Pools {
  readonly #deployment: LocalDeployment;
  readonly #open: EnvironmentPool[] = [];

  constructor(deployment: LocalDeployment) {
    this.#deployment = deployment;
  }

  async open(name: string): Promise<EnvironmentPool> {
    const { functions, workers } = this.#deployment;
    const pool = await EnvironmentPool.open(quiet(named([...functions, ...workers], name)), { clock: systemClock() });
    this.#open.push(pool);
    return pool;
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((pool) => pool.close()));
  }
}

interface Surroundings {
  readonly pools: Pools;
  readonly closing: (() => Promise<unknown>)[];
  readonly stockCount: number;
}

/**
 * One who is connected, and has joined a channel for each event: a message that is brought there is the only one. There are not
 * more than one connection may join.
 */
async function peopleSubjects(
  { workers, connections, accessKey }: LocalDeployment,
  { pools, closing, stockCount }: Surroundings,
): Promise<readonly Subject[]> {
  const [sockets, delivery] = [named(workers, "sockets"), named(workers, "delivery")];
  const client = await heldClient(connections);
  closing.push(client.close);
  const channels = Array.from({ length: stockCount }, (_, index) => `channel:bench-${index}`);
  const connecting = { region: sockets.region, accessKey };
  const [socketPool, people] = [await pools.open("sockets"), await pools.open("people")];
  const { connectionId } = client;
  await answerOf(socketPool, await connectCall(socketPool, { ...connecting, connectionId, channels }));
  let count = 0;
  const publish = () => {
    const to = channels[count++ % channels.length];
    return answerOf(people, httpCall(postJson("/api/messages", { to, body: "hello" }, '"isTold":true'), accessKey));
  };
  // Another one, who has joined none of them: of each channel that one hears the end is told.
  const connect = await connectCall(socketPool, { ...connecting, connectionId: "bench0000001=" });
  return [
    { name: "sockets", hosted: quiet(sockets), call: connect },
    { name: "delivery", hosted: quiet(delivery), call: await stocked(queuedCall(delivery, publish), stockCount) },
  ];
}

const BAKE = { tool: "cyberchef_bake", arguments: { input: "hello", recipe: [{ op: "To Base64" }] } };

async function workerSubject(
  { workers, accessKey }: LocalDeployment,
  pools: Pools,
  stockCount: number,
): Promise<Subject> {
  const worker = named(workers, "worker");
  const jobs = await pools.open("jobs");
  const submit = () => answerOf(jobs, httpCall(postJson("/api/jobs", BAKE, '"jobId":'), accessKey));
  return { name: "worker", hosted: quiet(worker), call: await stocked(queuedCall(worker, submit), stockCount) };
}

/** Workers whose events nobody has to bring about. */
function queueless({ workers, functions }: LocalDeployment): readonly Subject[] {
  const tenantId = parseTenantId(named(functions, "jobs").variables.TENANT);
  if (!tenantId.ok) throw new TypeError(tenantId.problem.reason);
  const [usage, upkeep] = [named(workers, "usage"), named(workers, "upkeep")];
  return [
    { name: "usage", hosted: quiet(usage), call: usageCall(usage, tenantId.value) },
    { name: "upkeep", hosted: quiet(upkeep), call: scheduledCall(upkeep, "sweep-jobs") },
  ];
}

function doorSubject({ functions }: LocalDeployment, name: string, call: ColdCall): Subject {
  return { name, hosted: quiet(named(functions, name)), call };
}

function claimsSubject(like: HostedFunction, dataDir: string): Subject {
  const codeDir = join(dataDir, "claims");
  cpSync(join(ROOT, "build/functions/claims"), codeDir, { recursive: true });
  const { timeoutMs } = CLAIMS_SHAPE;
  return {
    name: "claims",
    call: CLAIMS_CALL,
    hosted: { ...like, shape: CLAIMS_SHAPE, timeoutMs, codeDir, variables: {} },
  };
}

function named<Of extends Pick<HostedFunction | HostedWorker, "shape">>(all: readonly Of[], name: string): Of {
  const found = all.find(({ shape }) => shape.name === name);
  if (found === undefined) throw new TypeError(`there is no function ${name}`);
  return found;
}

/** Started by the call that is measured, with its log in nobody's way. */
function quiet(hosted: Omit<HostedFunction, "log">): HostedFunction {
  return { ...hosted, provisionedCount: 0, log: () => {} };
}
