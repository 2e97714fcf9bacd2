import { join } from "node:path";
import type { FrontDoor, FunctionShape } from "../../core/deployment/function-shape.ts";
import type { DoorCall, HttpHandler, HttpReply } from "../../core/http/http-message.ts";
import type { Chance } from "../../core/ports/chance.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { cellLogs } from "../cell-logs.ts";
import { drainServer } from "../drain.ts";
import type { Door } from "../http-exchange.ts";
import { openHttpServer } from "../http-server.ts";
import type { DrainSteps } from "../limits.ts";
import { LogFile } from "../log-file.ts";
import { balancerReply } from "./alb-reply.ts";
import { EnvironmentPool } from "./environment-pool.ts";
import type { HostedFunction } from "./hosted-function.ts";
import { type HostedWorker, openSource } from "./hosted-worker.ts";
import type { Integration } from "./integration.ts";
import { HOST_DOOR } from "./limits.ts";
import { type BalancerSettings, loadBalancer } from "./load-balancer.ts";
import { restApi } from "./rest-api.ts";
import { gatewayReply } from "./rest-reply.ts";
import type { HeldConnections } from "./sockets/held-connections.ts";
import { SocketApi } from "./sockets/socket-api.ts";

export interface LambdaHost {
  /** Without a slash at the end. */
  readonly url: string;
  /** Finishes the calls in flight, then ends all environments. */
  drain(steps: DrainSteps): Promise<void>;
}

/** Which front door stands before the functions. */
export type HostedDoor = { readonly kind: "rest" } | ({ readonly kind: "alb" } & BalancerSettings);

export interface LambdaHostOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Of `calls.ndjson`, `faults.ndjson` and `functions.ndjson`. It is there. */
  readonly logDir: string;
  readonly functions: readonly DoorFunction[];
  /** Those that nobody calls. */
  readonly workers?: readonly HostedWorker[];
  readonly door: HostedDoor;
  /** What a WebSocket API holds for the worker whose work that is. @default - nobody can connect */
  readonly connections?: HeldConnections;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** One that a front door calls. */
export type DoorFunction = Omit<HostedFunction, "log"> & { readonly shape: FunctionShape };

/**
 * Functions behind a front door on one machine, each in processes that behave as Lambda's environments do.
 *
 * @throws {FunctionNotInitialized} when a provisioned environment can't start, and Node's own error when the address is
 * taken.
 */
export async function openLambdaHost(options: LambdaHostOptions): Promise<LambdaHost> {
  const { host, port, logDir, clock, chance, workers = [] } = options;
  const logs = cellLogs(logDir, clock);
  const printed = new LogFile(join(logDir, "functions.ndjson"), clock);
  const tell = (line: object): void => printed.append({ atEpochMs: clock.nowMs(), ...line });
  const log = (environment: string, text: Buffer): void => tell({ environment, text: text.toString() });
  const pools: EnvironmentPool[] = [];
  const opened = async (hosted: Omit<HostedFunction, "log">): Promise<EnvironmentPool> => {
    const pool = await EnvironmentPool.open({ ...hosted, log }, { clock });
    pools.push(pool);
    return pool;
  };
  const close = async (): Promise<void> => {
    await Promise.all(pools.map((pool) => pool.close()));
    logs.close();
    printed.close();
  };
  try {
    const integrations: Integration[] = [];
    for (const hosted of options.functions) {
      integrations.push(integrationOf(hosted, { kind: options.door.kind, pool: await opened(hosted), tell }));
    }
    const workerPools = await Promise.all(workers.map(opened));
    const put = workers.flatMap((worker, index) => {
      const pool = workerPools[index];
      const tellOf = (line: object): void => tell({ function: worker.shape.name, ...line });
      return pool === undefined ? [] : [{ worker, pool, tell: tellOf }];
    });
    const sockets = socketApiOf(options, put);
    const before = { ...doorBefore(integrations, options), ...logs, ...(sockets && { webSockets: sockets }) };
    const server = await openHttpServer(before, { host, port });
    const sources = put.flatMap(({ worker, ...parts }) => {
      return worker.shape.works.by === "sockets" ? [] : [openSource(worker, { ...parts, clock, chance })];
    });
    return {
      url: `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`,
      async drain(steps) {
        await sockets?.close(steps.noticeMs + steps.dismissMs);
        await Promise.all([
          drainServer(server, { clock, steps, refuseCalls: () => {} }),
          ...sources.map((source) => source.close(steps.noticeMs + steps.dismissMs)),
        ]);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface PutWorker {
  readonly worker: HostedWorker;
  readonly pool: EnvironmentPool;
  readonly tell: (line: object) => void;
}

function socketApiOf(
  { connections, clock, chance }: LambdaHostOptions,
  put: readonly PutWorker[],
): SocketApi | undefined {
  const found = put.find(({ worker }) => worker.shape.works.by === "sockets");
  if (found === undefined || connections === undefined) return undefined;
  const { worker, pool, tell } = found;
  const integration = { pool, reportError: (error: object, requestId: string) => tell({ requestId, ...error }) };
  return new SocketApi({ held: connections, integration, region: worker.region, clock, chance });
}

function integrationOf(
  { shape, functionName, timeoutMs }: DoorFunction,
  { kind, pool, tell }: { kind: FrontDoor; pool: EnvironmentPool; tell: (line: object) => void },
): Integration {
  return {
    functionName,
    routes: shape.routes,
    replyMode: shape.replyMode[kind],
    timeoutMs,
    reportError: (error, requestId) => tell({ function: shape.name, requestId, ...error }),
    pool,
  };
}

function doorBefore(
  integrations: readonly Integration[],
  { door, clock, chance }: LambdaHostOptions,
): Omit<Door, "callEnded" | "reportFault"> {
  const refusal =
    (reply: HttpReply): HttpHandler<DoorCall> =>
    async () =>
      reply;
  const shared = { clock, newRequestId: () => chance.uuid(), limits: HOST_DOOR };
  if (door.kind === "alb") {
    return {
      ...shared,
      handler: loadBalancer(integrations, { clock, settings: door }),
      refusals: { body_too_large: refusal(balancerReply(413)), body_no_room: refusal(balancerReply(503)) },
    };
  }
  return {
    ...shared,
    handler: restApi(integrations, clock),
    refusals: {
      body_too_large: refusal(gatewayReply(413, "Request Too Long")),
      body_no_room: refusal(gatewayReply(429, "Too Many Requests")),
    },
  };
}
