import { join } from "node:path";
import type { FunctionShape } from "../../core/deployment/function-shape.ts";
import type { DoorCall, HttpHandler } from "../../core/http/http-message.ts";
import type { Chance } from "../../core/ports/chance.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { cellLogs } from "../cell-logs.ts";
import { drainServer } from "../drain.ts";
import type { Door } from "../http-exchange.ts";
import { openHttpServer } from "../http-server.ts";
import { type DrainSteps, LOCAL_DOOR } from "../limits.ts";
import { LogFile } from "../log-file.ts";
import { EnvironmentPool } from "./environment-pool.ts";
import type { HostedFunction } from "./hosted-function.ts";
import { restApi } from "./rest-api.ts";
import { gatewayReply } from "./rest-reply.ts";

export interface LambdaHost {
  /** Without a slash at the end. */
  readonly url: string;
  /** Finishes the calls in flight, then ends all environments. */
  drain(steps: DrainSteps): Promise<void>;
}

export interface LambdaHostOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Of `calls.ndjson`, `faults.ndjson` and `functions.ndjson`. It is there. */
  readonly logDir: string;
  readonly functions: readonly (Omit<HostedFunction, "log"> & { readonly shape: FunctionShape })[];
  readonly clock: Clock;
  readonly chance: Chance;
}

/**
 * Functions behind a REST API on one machine, each in processes that behave as Lambda's environments do.
 *
 * @throws {FunctionNotInitialized} when a provisioned environment can't start, and Node's own error when the address is
 * taken.
 */
export async function openLambdaHost(options: LambdaHostOptions): Promise<LambdaHost> {
  const { host, port, logDir, clock } = options;
  const logs = cellLogs(logDir, clock);
  const printed = new LogFile(join(logDir, "functions.ndjson"), clock);
  const pools: EnvironmentPool[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(pools.map((pool) => pool.close()));
    logs.close();
    printed.close();
  };
  try {
    const integrations = [];
    for (const hosted of options.functions) {
      const { shape } = hosted;
      const tell = (line: object): void => printed.append({ atEpochMs: clock.nowMs(), ...line });
      const log = (environment: string, text: Buffer): void => tell({ environment, text: text.toString() });
      const pool = await EnvironmentPool.open({ ...hosted, log });
      pools.push(pool);
      const reportError = (error: object, requestId: string): void =>
        tell({ function: shape.name, requestId, ...error });
      integrations.push({ routes: shape.routes, replyMode: shape.replyMode.rest, pool, reportError });
    }
    const door = gatewayDoor(restApi(integrations, clock), options);
    const server = await openHttpServer({ ...door, ...logs }, { host, port });
    return {
      url: `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`,
      async drain(steps) {
        await drainServer(server, { clock, steps, refuseCalls: () => {} });
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function gatewayDoor(
  handler: HttpHandler<DoorCall>,
  { clock, chance }: LambdaHostOptions,
): Omit<Door, "callEnded" | "reportFault"> {
  return {
    handler,
    refusals: {
      body_too_large: async () => gatewayReply(413, "Request Too Long"),
      body_no_room: async () => gatewayReply(429, "Too Many Requests"),
    },
    clock,
    newRequestId: () => chance.uuid(),
    limits: LOCAL_DOOR,
  };
}
