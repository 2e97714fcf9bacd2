import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type LambdaHost, openLambdaHost } from "../../layers/local/lambda/lambda-host.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { DEPLOYED_FUNCTIONS, type DeployedFunction } from "../../lib/functions.ts";
import { namesOf } from "../../lib/names.ts";
import type { StagePlan } from "../../lib/plan/stage-plan.ts";
import { PLAN } from "../../lib/plan.ts";
import { environmentOf } from "../../lib/settings.ts";
import { type RegionServices, startServices } from "./services.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const ACCOUNT = "000000000000";

export interface LambdaCell extends LambdaHost {
  readonly accessKey: string;
}

export interface LambdaCellOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly surface: StagePlan["settings"]["surface"];
  /** Environments of each function that are kept warm; left out, as many as the plan says. */
  readonly warmCount?: number;
  /** What no function takes longer than; left out, each takes as long as it is deployed with. */
  readonly timeoutMsMax?: number;
  /** The code of functions that are not to run as `build/functions` has them, by their names. */
  readonly codeDirs?: Readonly<Record<string, string>>;
}

/**
 * The first stage of the plan on this machine: its functions' bundles under the names, settings and limits that the
 * deployment gives them, on emulators of DynamoDB and S3.
 */
export async function openLambdaCell(options: LambdaCellOptions): Promise<LambdaCell> {
  const stage = localStage(options);
  const [region] = stage.regions;
  const place = { account: ACCOUNT, region };
  const names = namesOf(stage);
  const logDir = join(options.dataDir, "log");
  mkdirSync(logDir, { recursive: true, mode: 0o700 });
  const services = await startServices(join(options.dataDir, "services"), {
    tables: [names.stateTable, names.controlTable],
    bucket: names.blobBucket(place),
    secrets: [names.accessSecret, names.sealSecret],
  });
  // Away from any node_modules: what is missing in a bundle is missing here too.
  const folder = mkdtempSync(join(tmpdir(), "skein-lambda-"));
  const close = async (): Promise<void> => {
    await services.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const hosted = (deployed: DeployedFunction) => hostedFunction(deployed, { stage, services, folder, options });
  try {
    const functions = DEPLOYED_FUNCTIONS.map(hosted);
    const host = await openLambdaHost({ ...options, logDir, functions, clock: systemClock(), chance: systemChance() });
    return {
      url: host.url,
      accessKey: services.secrets[names.accessSecret] ?? "",
      async drain(steps) {
        await host.drain(steps);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Its door is a REST API, whatever the plan says. */
function localStage({ surface }: LambdaCellOptions): StagePlan {
  const [planned] = PLAN;
  if (planned === undefined) throw new TypeError("lib/plan.ts has no stage");
  return { ...planned, frontDoor: "rest", cache: "none", settings: { ...planned.settings, surface } };
}

interface Surroundings {
  readonly stage: StagePlan;
  readonly services: RegionServices;
  readonly folder: string;
  readonly options: LambdaCellOptions;
}

function hostedFunction(deployed: DeployedFunction, { stage, services, folder, options }: Surroundings) {
  const { name, shape } = deployed;
  const [region] = stage.regions;
  const codeDir = join(folder, "code", name);
  cpSync(options.codeDirs?.[name] ?? resolve(ROOT, "build/functions", name), codeDir, { recursive: true });
  const functionName = namesOf(stage).lambda(name);
  const facts = { place: { account: ACCOUNT, region }, cacheEndpoint: undefined };
  const variables = environmentOf(deployed, { stage, facts });
  return {
    shape,
    functionName,
    functionArn: `arn:aws:lambda:${region}:${ACCOUNT}:function:${functionName}:live`,
    region,
    timeoutMs: Math.min(shape.timeoutMs.rest, options.timeoutMsMax ?? Number.POSITIVE_INFINITY),
    codeDir,
    temporaryDir: join(folder, "tmp"),
    provisionedCount: options.warmCount ?? stage.warm[name].min,
    variables: { ...variables, ...unpackedLayer(variables), ...services.endpoints },
  };
}

/** No process has an /opt of its own here: the layer stays where the build has unpacked it. */
function unpackedLayer({ CYBERCHEF_DIR: folder }: Readonly<Record<string, string>>): Record<string, string> {
  return folder === undefined
    ? {}
    : { CYBERCHEF_DIR: folder.replace(/^\/opt(?=\/)/, resolve(ROOT, "build/layers/cyberchef")) };
}
