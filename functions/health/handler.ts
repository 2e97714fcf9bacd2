import type { Call, HttpHandler, HttpReply } from "../../layers/core/http/http-message.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import type { Table } from "../../layers/core/ports/table.ts";
import { PROBE_KEY } from "../../layers/core/store/keys.ts";
import type { FaultReport } from "../../layers/http/fault-reply.ts";
import { health } from "../../layers/http/health.ts";
import { PROBE_TIMEOUT_MS } from "./limits.ts";

export interface HealthParts {
  readonly state: Table;
  readonly control: Table;
  /** Whether the cache is available; left out where none is planned. */
  readonly cacheAvailable?: () => Promise<boolean>;
  readonly clock: Clock;
  readonly report: FaultReport;
}

type Status = "ok" | "unreachable" | "none";
const NOT_PLANNED: Status = "none";

/**
 * `/health/*` for load balancers and DNS: statuses and no more, since anyone may ask.
 *
 * A cell is ready when its table of state answers. Without the strong table it still serves what it knows, and without
 * the cache it is only slower, so those are told and take no cell out of service.
 */
export function healthHandler(parts: HealthParts): HttpHandler<Call> {
  const others = health(() => "ready");
  return async (request, context) => {
    if (request.path !== "/health/ready") return others(request, context);
    const probe = (asking: () => Promise<boolean>): Promise<Status> => statusOf(parts, asking, context.requestId);
    const [state, control, cache] = await Promise.all([
      probe(() => answers(parts.state)),
      probe(() => answers(parts.control)),
      parts.cacheAvailable === undefined ? NOT_PLANNED : probe(parts.cacheAvailable),
    ]);
    return readiness({ state, control, cache });
  };
}

/** A strongly consistent read. */
async function answers(table: Table): Promise<boolean> {
  await table.get(PROBE_KEY);
  return true;
}

async function statusOf(
  { clock, report }: HealthParts,
  asking: () => Promise<boolean>,
  requestId: string,
): Promise<Status> {
  const answered = new AbortController();
  const late = async (): Promise<boolean> => {
    await clock.sleep(PROBE_TIMEOUT_MS, answered.signal);
    return false;
  };
  try {
    return (await Promise.race([asking(), late()])) ? "ok" : "unreachable";
  } catch (fault) {
    report(fault, requestId);
    return "unreachable";
  } finally {
    answered.abort();
  }
}

function readiness(statuses: { readonly state: Status; readonly control: Status; readonly cache: Status }): HttpReply {
  const isReady = statuses.state === "ok";
  return {
    status: isReady ? 200 : 503,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify({ status: isReady ? "ready" : "unavailable", ...statuses }),
    log: { operation: "GET /health/ready", outcome: isReady ? "ok" : "unavailable" },
  };
}
