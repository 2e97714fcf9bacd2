import { join } from "node:path";
import { CfnOutput, Duration, Fn, Lazy, Stack } from "aws-cdk-lib";
import type { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import { type Alias, Architecture, Code, LayerVersion, Runtime } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { FrontDoor as FrontDoorKind, FunctionShape } from "../../layers/core/deployment/function-shape.ts";
import {
  type AccessPlaces,
  accessFindings,
  accessStatements,
  connectionFindings,
  erasureFindings,
  workerStatements,
} from "../constructs/access.ts";
import { acknowledge } from "../constructs/acknowledge.ts";
import { AlarmTopic } from "../constructs/alarm-topic.ts";
import { failingDoorAlarm, failingSocketsAlarm, tableAlarms } from "../constructs/cell-alarms.ts";
import { CellDashboard } from "../constructs/cell-dashboard.ts";
import { CellDomain } from "../constructs/cell-domain.ts";
import { CellFunction } from "../constructs/cell-function.ts";
import type { DoorRoute, FrontDoor } from "../constructs/front-door.ts";
import { LoadBalancerDoor } from "../constructs/load-balancer-door.ts";
import { QueueSource } from "../constructs/queue-source.ts";
import { RateFirewall } from "../constructs/rate-firewall.ts";
import { RegionCache } from "../constructs/region-cache.ts";
import { RestDoor } from "../constructs/rest-door.ts";
import { type RunnerPlaces, runnerFindings } from "../constructs/runner-access.ts";
import { SocketDoor } from "../constructs/socket-door.ts";
import { TrafficSteps } from "../constructs/traffic-steps.ts";
import { WorkSchedules } from "../constructs/work-schedules.ts";
import { DEPLOYED_WORKERS, type DeployedFunction, type DeployedWorker, functionsOf, warmOf } from "../functions.ts";
import { IDENTITY_OUTPUTS, type Names, namesOf, type Place, PROJECT_OUTPUTS } from "../names.ts";
import { cognitoOf, type StagePlan } from "../plan/stage-plan.ts";
import { pollersOf } from "../pollers.ts";
import { type CellFacts, environmentOf, type ProjectFacts, type SignInFacts } from "../settings.ts";
import type { RegionStackProps } from "./region-state-stack.ts";

export interface CellStackProps extends RegionStackProps {
  /** Where `scripts/build.ts` left the bundles and the layers. */
  readonly buildFolder: string;
}

/** One region's complete deployment, but for what it keeps: it can be torn down and put up again at any time. */
export class CellStack extends Stack {
  readonly #stage: StagePlan;
  readonly #names: Names;
  readonly #place: Place;
  readonly #buildFolder: string;
  readonly #domain: CellDomain | undefined;
  readonly #sockets: SocketDoor;
  #doorUrl = "";
  /** Known once there is a door, whose functions ask for it before. */
  readonly #pageOrigin: string = Lazy.string({ produce: () => originOf(this.#doorUrl) });
  readonly #layers = new Map<string, LayerVersion>();

  constructor(scope: Construct, id: string, { stage, region, buildFolder, ...props }: CellStackProps) {
    super(scope, id, props);
    this.#stage = stage;
    this.#names = namesOf(stage);
    this.#place = { account: this.account, region };
    this.#buildFolder = buildFolder;

    const { topic } = new AlarmTopic(this, "Alarms", stage);
    const { domain, rates, logRetentionDays } = stage;
    this.#domain = domain === "none" ? undefined : new CellDomain(this, "Domain", { domain, region });
    const apiName = this.#names.socketApi;
    this.#sockets = new SocketDoor(this, "Sockets", { ...rates, apiName, domain: this.#domain, logRetentionDays });
    const cache = this.#makeCache();
    const functions = this.#makeFunctions({ topic, cacheEndpoint: cache?.endpoint });
    const workers = this.#makeWorkers({ topic, cacheEndpoint: cache?.endpoint });
    const door = this.#makeDoor(functions);
    this.#doorUrl = door.url;
    new RateFirewall(this, "Firewall", {
      name: this.#names.api,
      guardedArn: door.guardedArn,
      perAddress: stage.rates.perAddressIn5Minutes,
      perKey: stage.rates.perKeyIn5Minutes,
    });
    const doorAlarm = failingDoorAlarm(this, { door, topic, stage });
    failingSocketsAlarm(this, { sockets: this.#sockets, topic, stage });
    tableAlarms(this, { stage, region, topic });
    this.#moveTrafficInSteps([...functions, ...workers], doorAlarm);
    this.#show({ door, functions, workers });
    this.#tell(door);
  }

  /** In the template's own words: a stack without an account would otherwise ask the credentials for its zones. */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }

  #makeCache(): RegionCache | undefined {
    const { cache } = this.#stage;
    return cache === "none" ? undefined : new RegionCache(this, "Cache", { ...cache, name: this.#names.cache });
  }

  #makeFunctions(parts: { readonly topic: ITopic; readonly cacheEndpoint: string | undefined }): readonly Running[] {
    return functionsOf(this.#stage).map((deployed) => ({
      deployed,
      cellFunction: this.#makeFunction(deployed, parts),
    }));
  }

  /** One version for all functions that it is under. */
  #layer(name: string): LayerVersion {
    const made = this.#layers.get(name);
    if (made !== undefined) return made;
    const layer = new LayerVersion(this, `Layer-${name}`, {
      layerVersionName: this.#names.lambda(name),
      code: Code.fromAsset(join(this.#buildFolder, "layers", name)),
      compatibleArchitectures: [Architecture.ARM_64],
      compatibleRuntimes: [Runtime.NODEJS_24_X],
    });
    this.#layers.set(name, layer);
    return layer;
  }

  #makeFunction(deployed: DeployedFunction, parts: FunctionParts): CellFunction {
    const { name, shape, tenantsNotice, failuresPercentMax } = deployed;
    const stage = this.#stage;
    const facts = this.#facts(parts.cacheEndpoint);
    const cellFunction = new CellFunction(this, `Function-${name}`, {
      functionName: this.#names.lambda(name),
      codeFolder: join(this.#buildFolder, "functions", name),
      memoryMb: shape.memoryMb,
      timeout: Duration.millis(shape.timeoutMs[stage.frontDoor]),
      environment: environmentOf(deployed, { stage, facts }),
      calledBy: "door",
      layers: shape.layers.map((layer) => this.#layer(layer)),
      statements: accessStatements(this, shape, this.#accessPlaces()),
      warm: warmOf(stage, name),
      logRetentionDays: stage.logRetentionDays,
      tenantsNotice,
      ...(failuresPercentMax !== undefined && { failuresPercentMax }),
      topic: parts.topic,
    });
    this.#acceptAccess(cellFunction, shape);
    return cellFunction;
  }

  #facts(cacheEndpoint?: string): CellFacts {
    const hasPool = cognitoOf(this.#stage) !== undefined;
    const hasProjects = this.#stage.projects !== "off";
    return {
      place: this.#place,
      cacheEndpoint,
      people: { socketUrl: this.#sockets.url, pageOrigin: this.#pageOrigin },
      ...(hasPool && { pool: this.#poolOfStage() }),
      ...(hasProjects && { projects: this.#projectsOfRegion() }),
    };
  }

  /** Told by the pool's stack, in the stage's first region: a pool has no name that could be known before. */
  #poolOfStage(): SignInFacts {
    const [home] = this.#stage.regions;
    const told = (output: string): string => Fn.getStackOutput(this.#names.stack("identity"), output, home);
    const { issuer, clientId, signInUrl } = IDENTITY_OUTPUTS;
    return { issuer: told(issuer), clientId: told(clientId), signInUrl: told(signInUrl) };
  }

  /** Told by their own stack of this region: a network has no names that could be known before. */
  #projectsOfRegion(): ProjectFacts {
    const { region } = this.#place;
    const told = (output: string): string => Fn.getStackOutput(this.#names.stack(`projects-${region}`), output, region);
    return { subnets: told(PROJECT_OUTPUTS.subnets), securityGroup: told(PROJECT_OUTPUTS.securityGroup) };
  }

  #makeWorkers(parts: FunctionParts): readonly Shown[] {
    return DEPLOYED_WORKERS.map((worker) => {
      const cellFunction = this.#makeWorker(worker, parts);
      this.#putToWork(worker, { alias: cellFunction.alias, topic: parts.topic });
      return { deployed: worker, cellFunction };
    });
  }

  #makeWorker(worker: DeployedWorker, { topic, cacheEndpoint }: FunctionParts): CellFunction {
    const { name, shape, tenantsNotice } = worker;
    const stage = this.#stage;
    const facts = this.#facts(cacheEndpoint);
    const cellFunction = new CellFunction(this, `Worker-${name}`, {
      functionName: this.#names.lambda(name),
      codeFolder: join(this.#buildFolder, "functions", shape.bundle ?? name),
      memoryMb: shape.memoryMb,
      timeout: Duration.millis(shape.timeoutMs),
      environment: environmentOf(worker, { stage, facts }),
      calledBy: shape.works.by,
      layers: shape.layers.map((layer) => this.#layer(layer)),
      statements: workerStatements(this, shape, this.#accessPlaces()),
      warm: { min: 0, max: 0 },
      logRetentionDays: stage.logRetentionDays,
      tenantsNotice,
      topic,
    });
    this.#acceptAccess(cellFunction, shape);
    if (shape.erases !== undefined) this.#acceptErasing(cellFunction);
    return cellFunction;
  }

  #acceptErasing(cellFunction: CellFunction): void {
    const account = this.#accountInFindings();
    for (const region of this.#stage.regions) {
      acknowledge(cellFunction, erasureFindings(this.#names.blobBucket({ account, region })));
    }
  }

  #putToWork(
    { name, shape: { works }, tenantsNotice, lettersNoticed }: DeployedWorker,
    { alias: worker, topic }: { readonly alias: Alias; readonly topic: ITopic },
  ): void {
    if (works.by === "sockets") {
      this.#sockets.leadTo(worker);
      return;
    }
    if (works.by === "queue") {
      const { queue } = works;
      const watched = { queueName: this.#names.queue(queue), deadLetterName: this.#names.deadLetters(queue), topic };
      const noticed = { late: tenantsNotice, dead: lettersNoticed ?? tenantsNotice };
      const pollers = pollersOf(works, this.#stage);
      new QueueSource(this, `Queue-${queue}`, { ...watched, work: works, pollers, worker, noticed });
      return;
    }
    const isFirst = this.#place.region === this.#stage.regions[0];
    const hasProjects = this.#stage.projects !== "off";
    const schedules = works.schedules.filter(
      ({ runsIn, onlyWith }) => (isFirst || runsIn === "each-region") && (hasProjects || onlyWith === undefined),
    );
    const functionName = this.#names.lambda(name);
    new WorkSchedules(this, `Schedules-${name}`, { functionName, worker, schedules, tenantsNotice, topic });
  }

  #acceptAccess(cellFunction: CellFunction, shape: Pick<FunctionShape, "bucket" | "runner" | "connections">): void {
    const account = this.#accountInFindings();
    const { region } = this.#place;
    const blobBucket = this.#names.blobBucket({ account, region });
    acknowledge(cellFunction, accessFindings(shape, blobBucket));
    if (shape.connections !== undefined) {
      const sockets = { ...this.#socketPlaces(), apiId: this.#sockets.apiIdInFindings };
      acknowledge(cellFunction, connectionFindings(sockets, { account, region }));
    }
    const { runner: right } = shape;
    const runner = this.#runnerPlaces();
    if (runner !== undefined && right !== undefined) {
      acknowledge(cellFunction, runnerFindings({ ...runner, blobBucket }, { account, region, right }));
    }
  }

  #socketPlaces(): AccessPlaces["sockets"] {
    const regions = this.#stage.regions.filter((region) => region !== this.#place.region);
    return { apiId: this.#sockets.apiId, regions };
  }

  #runnerPlaces(): RunnerPlaces | undefined {
    if (this.#stage.projects === "off") return undefined;
    const names = this.#names;
    return {
      cluster: names.projectCluster,
      taskFamily: names.projectTasks,
      launcher: names.projectLauncher(this.#place.region),
      logGroup: names.projectLogs,
      blobBucket: names.blobBucket(this.#place),
    };
  }

  /** cdk-nag's word for the account that a template does not know yet. */
  #accountInFindings(): string {
    return this.#stage.account === "current" ? "<AWS::AccountId>" : this.#stage.account;
  }

  #accessPlaces(): AccessPlaces {
    const names = this.#names;
    return {
      stateTable: names.stateTable,
      controlTable: names.controlTable,
      blobBucket: names.blobBucket(this.#place),
      blobBuckets: this.#stage.regions.map((region) => names.blobBucket({ ...this.#place, region })),
      secrets: { access: names.accessSecret, apiKey: names.apiKeySecret, seal: names.sealSecret },
      queues: {
        usage: names.queue("usage"),
        jobs: names.queue("jobs"),
        "jobs-high": names.queue("jobs-high"),
        messages: names.queue("messages"),
      },
      sockets: this.#socketPlaces(),
      cache: this.#stage.cache === "none" ? undefined : names.cache,
      runner: this.#runnerPlaces(),
      carrier: this.#stage.projects === "off" ? undefined : names.carrier,
    };
  }

  #makeDoor(functions: readonly Running[]): FrontDoor {
    const { frontDoor, rates, logRetentionDays } = this.#stage;
    const domain = this.#domain;
    const routes = functions.flatMap((running) => routesOf(running, frontDoor));
    // A plan with a load balancer has a domain, or it was refused.
    if (frontDoor === "alb" && domain !== undefined) {
      return new LoadBalancerDoor(this, "Door", { routes, domain, logBucketName: this.#names.logBucket(this.#place) });
    }
    return new RestDoor(this, "Door", { ...rates, apiName: this.#names.api, routes, domain, logRetentionDays });
  }

  #moveTrafficInSteps(functions: readonly Shown[], doorAlarm: Alarm): void {
    const steps = new TrafficSteps(this, "Deployment");
    for (const { cellFunction } of functions) steps.move(cellFunction, doorAlarm);
  }

  #show(parts: { readonly door: FrontDoor } & Record<"functions" | "workers", readonly Shown[]>): void {
    const names = this.#names;
    const { region } = this.#place;
    const shown = (those: readonly Shown[]) =>
      those.map(({ deployed: { name }, cellFunction: { alias } }) => ({ name, alias }));
    const queues = DEPLOYED_WORKERS.flatMap(({ shape: { works } }) => (works.by === "queue" ? [works.queue] : []));
    new CellDashboard(this, "Dashboard", {
      dashboardName: names.dashboard(region),
      door: parts.door,
      behindDoor: shown(parts.functions),
      workers: shown(parts.workers),
      tableNames: [names.stateTable, names.controlTable],
      queues: queues.map((queue) => ({ queueName: names.queue(queue), deadLetterName: names.deadLetters(queue) })),
      watchedTenants: this.#stage.settings.watchedTenants,
    });
  }

  #tell(door: FrontDoor): void {
    new CfnOutput(this, "McpUrl", { value: `${door.url}/mcp`, description: "Where MCP clients reach this cell" });
    new CfnOutput(this, "SocketUrl", { value: this.#sockets.url, description: "Where people's clients connect" });
    new CfnOutput(this, "AccessSecret", {
      value: this.#names.accessSecret,
      description: "The secret that holds the key for Authorization: Bearer",
    });
  }
}

/** Of an address, which may be no text yet that can be parsed. */
const originOf = (url: string): string => url.split("/").slice(0, 3).join("/");

interface Shown {
  readonly deployed: Pick<DeployedFunction | DeployedWorker, "name">;
  readonly cellFunction: CellFunction;
}

interface Running extends Shown {
  readonly deployed: DeployedFunction;
}

interface FunctionParts {
  readonly topic: ITopic;
  readonly cacheEndpoint: string | undefined;
}

function routesOf({ deployed: { shape }, cellFunction }: Running, frontDoor: FrontDoorKind): readonly DoorRoute[] {
  return shape.routes.map(({ path }) => ({
    path,
    alias: cellFunction.alias,
    replyMode: shape.replyMode[frontDoor],
    timeout: Duration.millis(shape.timeoutMs[frontDoor]),
  }));
}
