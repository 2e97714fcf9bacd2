import { randomInt } from "node:crypto";
import { cpSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { EnvironmentPool } from "../../layers/local/lambda/environment-pool.ts";
import type { HostedFunction } from "../../layers/local/lambda/hosted-function.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { CARRIER_FUNCTION, DEPLOYED_FUNCTIONS, type DeployedFunction } from "../../lib/functions.ts";
import { LIVE_ALIAS, namesOf } from "../../lib/names.ts";
import type { StagePlan } from "../../lib/plan/stage-plan.ts";
import { environmentOf } from "../../lib/settings.ts";
import { localStage } from "../../scripts/lambda/local-stage.ts";
import { localFargate } from "../../test/fixtures/local-fargate.ts";
import { localLambda } from "../../test/fixtures/local-lambda.ts";
import { AnswerWrong } from "../echo/echo-call.ts";
import { ROOT } from "../subjects.ts";
import { answerOf, type ColdCall } from "./calls.ts";
import { httpCall, postJson } from "./http-calls.ts";
import type { Subject } from "./subject.ts";

/** Where what a plan without projects lacks would be: emulators of ECS and Lambda take any. */
const FACTS = { subnets: "subnet-0a", securityGroup: "sg-0a" };
const IMAGE = "public.ecr.aws/docker/library/node:24";
const PROJECT_ID = "shop";
/** Of those that projects may have, and none that the system gives away by itself. */
const PORTS = { min: 3_000, max: 6_000 };
const PROGRAM = 'require("node:http").createServer((_, reply) => reply.end("hello")).listen(process.env.PORT)';
const ANSWER_TRIES_MAX = 200;
const TRY_PAUSE_MS = 100;

export interface ProjectFunctions {
  readonly subjects: readonly Subject[];
  close(): Promise<void>;
}

/**
 * The functions of a plan with projects, beside a deployment that has none: on an emulator of ECS whose tasks really run, with
 * one project that runs and answers, and the function in its network as the one before it calls it.
 *
 * @param like a function of that deployment: these are in its place, and find its services.
 */
export async function openProjectFunctions(
  like: HostedFunction,
  { dataDir, accessKey }: { readonly dataDir: string; readonly accessKey: string },
): Promise<ProjectFunctions> {
  const clock = systemClock();
  const stage: StagePlan = {
    ...localStage({ surface: "index", frontDoor: "rest" }),
    projects: { image: IMAGE, capacity: "on-demand" },
  };
  const place = { stage, like, dataDir };
  const carrier = hostedCarrier(place);
  const carrying = await EnvironmentPool.open(carrier, { clock });
  const lambda = await localLambda({ [`${namesOf(stage).carrier}:${LIVE_ALIAS}`]: carrying });
  const fargate = await localFargate();
  const endpoints = {
    AWS_ENDPOINT_URL_ECS: String(fargate.settings.endpoint),
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: String(fargate.settings.endpoint),
    AWS_ENDPOINT_URL_LAMBDA: lambda.settings.endpoint,
  };
  const [projects, passage] = [hostedDoor("projects", place, endpoints), hostedDoor("passage", place, endpoints)];
  const list = httpCall({ method: "GET", path: "/api/projects", answer: `"${PROJECT_ID}"` }, accessKey);
  const pass = httpCall({ method: "GET", path: `/p/${PROJECT_ID}/`, answer: "hello" }, accessKey);
  await startProject({ projects, passage, accessKey, pass });
  return {
    subjects: [
      { name: "projects", hosted: projects, call: list },
      { name: "passage", hosted: passage, call: pass },
      {
        name: "carrier",
        hosted: carrier,
        call: { event: () => lambda.invocations.at(-1)?.event ?? "", answer: "hello" },
      },
    ],
    async close() {
      await carrying.close();
      await Promise.all([lambda.close(), fargate.close()]);
    },
  };
}

interface Place {
  readonly stage: StagePlan;
  readonly like: HostedFunction;
  readonly dataDir: string;
}

function hostedDoor(
  name: DeployedFunction["name"],
  place: Place,
  endpoints: Readonly<Record<string, string>>,
): HostedFunction {
  const deployed = DEPLOYED_FUNCTIONS.find((each) => each.name === name);
  if (deployed === undefined) throw new TypeError(`there is no function ${name}`);
  const { like, stage } = place;
  const [region] = stage.regions;
  const [, , , , account = ""] = like.functionArn.split(":");
  const facts = { place: { account, region }, cacheEndpoint: undefined, projects: FACTS };
  const services = Object.entries(like.variables).filter(([variable]) => variable.startsWith("AWS_ENDPOINT_URL_"));
  const variables = { ...environmentOf(deployed, { stage, facts }), ...Object.fromEntries(services), ...endpoints };
  return { ...hosted(deployed, place), timeoutMs: deployed.shape.timeoutMs.rest, variables };
}

function hostedCarrier(place: Place): HostedFunction {
  const { timeoutMs } = CARRIER_FUNCTION.shape;
  return { ...hosted(CARRIER_FUNCTION, place), timeoutMs, variables: { PROJECT_NETWORK: "127.0.0.0/8" } };
}

/** Away from any node_modules, as the others are. */
function hosted(
  { name, shape }: { readonly name: string; readonly shape: HostedFunction["shape"] },
  { stage, like, dataDir }: Place,
): Omit<HostedFunction, "timeoutMs" | "variables"> {
  const codeDir = join(dataDir, "projects", name);
  cpSync(join(ROOT, "build/functions", name), codeDir, { recursive: true });
  const functionName = namesOf(stage).lambda(name);
  return {
    ...like,
    shape,
    codeDir,
    functionName,
    functionArn: like.functionArn.replace(like.functionName, functionName),
  };
}

/** Until it answers as the passage brings a call there, which leaves behind what the carrier is asked. */
async function startProject(given: {
  readonly projects: HostedFunction;
  readonly passage: HostedFunction;
  readonly accessKey: string;
  readonly pass: ColdCall;
}): Promise<void> {
  const [projects, passage] = await Promise.all(
    [given.projects, given.passage].map((of) => EnvironmentPool.open(of, { clock: systemClock() })),
  );
  if (projects === undefined || passage === undefined) throw new TypeError("two functions");
  const command = `exec ${process.execPath} -e '${PROGRAM}'`;
  const order = { projectId: PROJECT_ID, port: randomInt(PORTS.min, PORTS.max), command };
  const start = postJson("/mcp/tools/call", { name: "host.start", arguments: order }, '"success":true');
  try {
    await answerOf(projects, httpCall(start, given.accessKey));
    for (let attempt = 1; ; attempt++) {
      const isServed = await answerOf(passage, given.pass).then(
        () => true,
        (fault) => {
          if (!(fault instanceof AnswerWrong) || attempt === ANSWER_TRIES_MAX) throw fault;
          return false;
        },
      );
      if (isServed) return;
      await sleep(TRY_PAUSE_MS);
    }
  } finally {
    await Promise.all([projects.close(), passage.close()]);
  }
}
