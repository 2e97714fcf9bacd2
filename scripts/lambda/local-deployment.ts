import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { visibilitySecondsOf } from "../../layers/core/deployment/worker-shape.ts";
import type { HostedFunction } from "../../layers/local/lambda/hosted-function.ts";
import { type HostedWorker, WorkerWithoutQueue } from "../../layers/local/lambda/hosted-worker.ts";
import type { DoorFunction, HostedDoor } from "../../layers/local/lambda/lambda-host.ts";
import type { HeldConnections } from "../../layers/local/lambda/sockets/held-connections.ts";
import { idleTimeoutMs, UNROUTED } from "../../lib/balancer-settings.ts";
import {
  DEPLOYED_WORKERS,
  type DeployedFunction,
  type DeployedWorker,
  functionsOf,
  warmOf,
} from "../../lib/functions.ts";
import { namesOf } from "../../lib/names.ts";
import type { StagePlan } from "../../lib/plan/stage-plan.ts";
import { atOnceMaxOf, pollersOf } from "../../lib/pollers.ts";
import { environmentOf } from "../../lib/settings.ts";
import { type LocalStageOptions, localStage } from "./local-stage.ts";
import { type RegionServices, startServices } from "./services.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const ACCOUNT = "000000000000";
/** Of one queue, whatever the plan says: each is a process of this machine. */
const BATCHES_AT_ONCE_MAX = 8;

export interface LocalDeployment {
  readonly functions: readonly DoorFunction[];
  readonly workers: readonly HostedWorker[];
  readonly door: HostedDoor;
  readonly connections: HeldConnections;
  readonly accessKey: string;
  /** When none of the functions runs any more. */
  close(): Promise<void>;
}

export interface LocalDeploymentOptions extends LocalStageOptions {
  readonly dataDir: string;
  /** Environments of each function that are kept warm; left out, as many as the plan says. */
  readonly warmCount?: number;
  /** The code of functions that are not to run as `build/functions` has them, by their names. */
  readonly codeDirs?: Readonly<Record<string, string>>;
}

/**
 * The first stage of the plan on this machine: its functions' bundles under the names, settings and limits that the
 * deployment gives them, on emulators of DynamoDB, S3 and Secrets Manager.
 */
export async function deployLocally(options: LocalDeploymentOptions): Promise<LocalDeployment> {
  const stage = localStage(options);
  const [region] = stage.regions;
  const names = namesOf(stage);
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const services = await startServices(join(options.dataDir, "services"), {
    region,
    tables: [names.stateTable, names.controlTable],
    bucket: names.blobBucket({ account: ACCOUNT, region }),
    secrets: [names.accessSecret, names.apiKeySecret, names.sealSecret],
    queues: DEPLOYED_WORKERS.flatMap(({ shape: { works } }) =>
      works.by === "queue" ? [{ name: names.queue(works.queue), receivesMax: works.receivesMax }] : [],
    ),
  });
  // Away from any node_modules: what is missing in a bundle is missing here too.
  const folder = mkdtempSync(join(tmpdir(), "skein-lambda-"));
  return {
    functions: functionsOf(stage).map((deployed) => hostedFunction(deployed, { stage, services, folder, options })),
    workers: DEPLOYED_WORKERS.map((worker) => hostedWorker(worker, { stage, services, folder, options })),
    door: stage.frontDoor === "alb" ? balancerOf(stage) : { kind: "rest" },
    connections: services.connections,
    accessKey: services.secrets[names.accessSecret] ?? "",
    async close() {
      await services.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function balancerOf(stage: StagePlan): HostedDoor {
  const { status, contentType, body } = UNROUTED;
  const [region] = stage.regions;
  return {
    kind: "alb",
    idleTimeoutMs: idleTimeoutMs(functionsOf(stage).map(({ shape }) => shape.timeoutMs.alb)),
    unrouted: { status, headers: { "content-type": contentType }, body },
    targetGroupArn: (functionName) =>
      `arn:aws:elasticloadbalancing:${region}:${ACCOUNT}:targetgroup/${functionName}/0000000000000000`,
  };
}

interface Surroundings {
  readonly stage: StagePlan;
  readonly services: RegionServices;
  readonly folder: string;
  readonly options: LocalDeploymentOptions;
}

function hostedFunction(deployed: DeployedFunction, surroundings: Surroundings): DoorFunction {
  const { name, shape } = deployed;
  const { stage, options } = surroundings;
  return {
    ...hosted(deployed, surroundings),
    shape,
    timeoutMs: shape.timeoutMs[stage.frontDoor],
    provisionedCount: options.warmCount ?? warmOf(stage, name).min,
  };
}

function hostedWorker(worker: DeployedWorker, surroundings: Surroundings): HostedWorker {
  const { shape } = worker;
  const { timeoutMs, works } = shape;
  const { stage, services } = surroundings;
  const [region] = stage.regions;
  const deployed = {
    ...hosted(worker, surroundings),
    arnPrefix: (service: string) => `arn:aws:${service}:${region}:${ACCOUNT}:`,
    ...{ shape, timeoutMs, provisionedCount: 0 },
  };
  if (works.by !== "queue") return deployed;
  const name = namesOf(stage).queue(works.queue);
  const queue = services.queues[name];
  if (queue === undefined) throw new WorkerWithoutQueue(shape.name);
  const concurrencyMax = Math.min(atOnceMaxOf(pollersOf(works, stage)), BATCHES_AT_ONCE_MAX);
  const visibilitySeconds = visibilitySecondsOf(works, shape);
  return { ...deployed, source: { name, queue, visibilitySeconds, concurrencyMax } };
}

function hosted(
  deployed: DeployedFunction | DeployedWorker,
  { stage, services, folder, options }: Surroundings,
): Omit<HostedFunction, "log" | "shape" | "timeoutMs" | "provisionedCount"> {
  const { name, shape } = deployed;
  const [region] = stage.regions;
  const bundle = ("bundle" in shape ? shape.bundle : undefined) ?? name;
  const codeDir = join(folder, "code", name);
  cpSync(options.codeDirs?.[name] ?? resolve(ROOT, "build/functions", bundle), codeDir, { recursive: true });
  const functionName = namesOf(stage).lambda(name);
  const facts = { place: { account: ACCOUNT, region }, cacheEndpoint: undefined };
  const variables = environmentOf(deployed, { stage, facts });
  return {
    functionName,
    functionArn: `arn:aws:lambda:${region}:${ACCOUNT}:function:${functionName}:live`,
    region,
    codeDir,
    temporaryDir: join(folder, "tmp"),
    variables: { ...variables, ...unpackedLayer(variables), ...besideDoor(variables), ...services.endpoints },
  };
}

/** Whatever the plan's domain: the WebSocket API is at `/ws` of the door that serves the pages. */
function besideDoor(variables: Readonly<Record<string, string>>): Record<string, string> {
  return "SOCKET_URL" in variables ? { SOCKET_URL: "none" } : {};
}

/** No process has an /opt of its own here: the layer stays where the build has unpacked it. */
function unpackedLayer({ CYBERCHEF_DIR: folder }: Readonly<Record<string, string>>): Record<string, string> {
  return folder === undefined
    ? {}
    : { CYBERCHEF_DIR: folder.replace(/^\/opt(?=\/)/, resolve(ROOT, "build/layers/cyberchef")) };
}
