import type { HttpHandler } from "../core/http/http-message.ts";
import { EXPOSITION_TYPE, type Metrics } from "../core/metrics/metrics.ts";
import { mayAct } from "../core/tenant/action.ts";
import { forbiddenReply } from "./forbidden-reply.ts";

/** `/metrics`, for a scraper with an operator's credential: what all tenants together do says something of each. */
export function metricsPage(metrics: Pick<Metrics, "exposition">): HttpHandler {
  return async (_request, { principal, requestId }) => {
    const may = mayAct(principal, "fleet.metrics.read");
    if (!may.ok) return forbiddenReply(may.problem, principal, requestId);
    const headers = { "content-type": EXPOSITION_TYPE, "cache-control": "no-store" };
    return { status: 200, headers, body: metrics.exposition() };
  };
}
