import process from "node:process";
import { handlerOf } from "../../functions/mcp/handler.ts";
import type { DoorCall, HttpHandler } from "../core/http/http-message.ts";
import { health } from "../http/health.ts";
import { RETRY_AFTER_SECONDS } from "../http/limits.ts";
import { admittingPages } from "../http/passage/admitting-pages.ts";
import { problemReply } from "../http/problem-reply.ts";
import { type Route, router } from "../http/router.ts";
import { type CellParts, ownOrigins } from "./cell-parts.ts";
import type { CellState } from "./cell-state.ts";
import { doorway } from "./doorway.ts";
import type { Door } from "./http-exchange.ts";
import { jobRoutes } from "./job-routes.ts";
import { landing } from "./landing.ts";
import { LOCAL_DOOR } from "./limits.ts";
import { loadedAtFirstCall } from "./loaded-at-first-call.ts";
import { pageRoutes } from "./page-routes.ts";
import { peopleRoutes } from "./people-routes.ts";
import { requestIds } from "./request-ids.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import { tenantRoutes } from "./tenant-routes.ts";
import { SOCKET_PATH } from "./websocket/socket-door.ts";

/** What a cell's server does with whatever comes to it. */
export function cellDoor(parts: CellParts): Door {
  const { logs, clock, metering, numbers, projects, wire, options } = parts;
  const { host, url } = options;
  const hosts = url === undefined ? [host] : [host, new URL(url).hostname];
  const origins = ownOrigins(options);
  const way = doorway(drainable(router(cellRoutes(parts)), parts.state), { hosts, origins, report: logs.reportFault });
  return {
    ...way,
    ...(projects !== undefined && {
      passage: projects.passage,
      intake: projects.intake,
      handler: admittingPages(way.handler),
    }),
    ...logs,
    webSockets: wire.door,
    callEnded(line) {
      logs.callEnded(line);
      numbers.calls.callEnded(line);
      metering.callEnded(line);
    },
    clock,
    newRequestId: requestIds(clock, process.pid),
    limits: LOCAL_DOOR,
  };
}

function cellRoutes(parts: CellParts): readonly Route[] {
  const { clock, chance, stores, state, server, jobs, people, projects, access, numbers, wire, options } = parts;
  return [
    { path: "/mcp", methods: ["GET", "POST", "DELETE"], handler: access.gated(handlerOf(server)) },
    {
      path: "/api/sessions",
      methods: ["GET", "POST", "PATCH", "DELETE"],
      handler: loadedAtFirstCall(async () => {
        const { sessionsHandler } = await import("../../functions/sessions/handler.ts");
        return access.gated(sessionsHandler({ ...stores, quotas: access.tenancy.quotas, clock, chance }));
      }),
    },
    ...jobRoutes(access, jobs),
    ...peopleRoutes(access, people),
    ...(projects?.routes(access, state.closing) ?? []),
    ...tenantRoutes({ access, stores, clock, options }),
    // A provider that is trusted leads its clients itself.
    ...(options.issuer === undefined ? signInRoutes({ access, stores, clock, chance }) : []),
    { path: SOCKET_PATH, methods: ["GET"], handler: wire.door.handler },
    ...pageRoutes(),
    ...numbers.routes(access),
    { path: "/health/", methods: ["GET", "HEAD"], handler: health(() => state.readiness) },
    { path: "/", methods: ["GET", "HEAD"], handler: landing },
  ];
}

/** Probes are answered to the end; calls until the drain's notice is over. */
function drainable(handler: HttpHandler<DoorCall>, state: CellState): HttpHandler<DoorCall> {
  return async (request, context) => {
    if (!state.refusing || request.path.startsWith("/health/")) return handler(request, context);
    const detail = "this process is about to end; another one serves";
    const headers = { "retry-after": String(RETRY_AFTER_SECONDS) };
    return problemReply({ status: 503, code: "server_draining", detail, headers }, context.requestId);
  };
}
