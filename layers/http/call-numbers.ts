import { CALL_SECONDS } from "../core/metrics/bounds.ts";
import type { Count } from "../core/metrics/count.ts";
import type { Distribution } from "../core/metrics/distribution.ts";
import { SERIES_MAX } from "../core/metrics/limits.ts";
import type { Metrics } from "../core/metrics/metrics.ts";
import { OTHER, type Series } from "../core/metrics/series.ts";
import type { CallLine } from "./call-line.ts";

/** What the calls of one operation are counted in. */
interface OperationNumbers {
  readonly method: string;
  readonly endpoint: string;
  readonly seconds: Distribution;
  readonly byStatus: Map<number, Count>;
}

/** Counts calls, from their lines, under the Frontend Router's names. */
export class CallNumbers {
  readonly #requests: Series<Count>;
  readonly #seconds: Series<Distribution>;
  readonly #tools: Series<Count>;
  /** So that a call is counted without writing its labels out. */
  readonly #known = new Map<string, OperationNumbers>();

  constructor(metrics: Metrics) {
    this.#requests = metrics.counter({
      name: "http_requests_total",
      help: "Calls that have ended, by the pattern of their path.",
      labels: ["method", "endpoint", "status_code"],
    });
    this.#seconds = metrics.histogram(
      {
        name: "http_request_duration_seconds",
        help: "From a call's first byte to the last of its reply.",
        labels: ["method", "endpoint"],
      },
      CALL_SECONDS,
    );
    this.#tools = metrics.counter({
      name: "mcp_tool_executions_total",
      help: "Calls of tools, by how they ended.",
      labels: ["tool_name", "status"],
    });
  }

  callEnded({ operation, tool, outcome, status, durationMs }: CallLine): void {
    const numbers = this.#of(operation);
    let count = numbers.byStatus.get(status);
    if (count === undefined) {
      count = this.#requests.of([numbers.method, numbers.endpoint, String(status)]);
      numbers.byStatus.set(status, count);
    }
    count.add();
    numbers.seconds.observe(durationMs / MS_PER_SECOND);
    if (tool !== undefined) this.#tools.of([tool, outcome]).add();
  }

  #of(operation: string): OperationNumbers {
    const known = this.#known.get(operation);
    if (known !== undefined) return known;
    const { method, endpoint } = routeOf(operation);
    const made = {
      method,
      endpoint,
      seconds: this.#seconds.of([method, endpoint]),
      byStatus: new Map<number, Count>(),
    };
    // A client may name a method of MCP that there is not: beyond the limit each is looked up anew.
    if (this.#known.size < SERIES_MAX) this.#known.set(operation, made);
    return made;
  }
}

const MS_PER_SECOND = 1_000;
const METHOD_AND_ROUTE = /^([A-Z]+)(?: (\/.*))?$/;

/** What has no path in its line was for no route, and what has no method of HTTP is a method of MCP. */
function routeOf(operation: string): Pick<OperationNumbers, "method" | "endpoint"> {
  const [, method, endpoint = OTHER] = METHOD_AND_ROUTE.exec(operation) ?? [];
  return method === undefined ? { method: "POST", endpoint: "/mcp" } : { method, endpoint };
}
