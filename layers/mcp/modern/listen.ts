import type { HttpReply } from "../../core/http/http-message.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import type { Caller } from "../call/caller.ts";
import type { Change } from "../feed/change-feed.ts";
import { waitForChanges } from "../feed/wait-for-changes.ts";
import { SUBSCRIPTIONS_MAX } from "../limits.ts";
import type { McpServer } from "../mcp-server.ts";
import {
  invalidParams,
  isRecord,
  notificationJson,
  type RpcError,
  type RpcRequest,
  resultJson,
} from "../protocol/json-rpc.ts";
import { errorReply, streamReply } from "../protocol/replies.ts";
import { KEEP_ALIVE, messageEvent } from "../protocol/sse.ts";
import type { ModernShape } from "./modern-era.ts";

/** MCP 2026-07-28, subscriptions, "Notification Filter". */
interface Filter {
  readonly toolsListChanged?: true;
  readonly promptsListChanged?: true;
  readonly resourcesListChanged?: true;
  readonly resourceSubscriptions?: readonly string[];
}

/** A stream of the changes that the client asked for. It ends with a result before the door would cut it. */
export function listen(server: McpServer, shape: ModernShape, request: RpcRequest, caller: Caller): HttpReply {
  const filter = readFilter(request.params.notifications);
  if (!filter.ok) return errorReply(request.id, filter.problem, request.method);
  return streamReply(changes(server, shape, request, caller, filter.value), {
    operation: request.method,
    outcome: "ok",
  });
}

async function* changes(
  server: McpServer,
  shape: ModernShape,
  { id }: RpcRequest,
  caller: Caller,
  filter: Filter,
): AsyncGenerator<string> {
  const meta = { "io.modelcontextprotocol/subscriptionId": id };
  const notify = (method: string, about: object) => messageEvent(notificationJson(method, { ...about, _meta: meta }));
  const reader = server.feed.reader(caller.context.principal.tenantId);
  yield notify("notifications/subscriptions/acknowledged", { notifications: filter });
  for await (const batch of waitForChanges(server, reader, caller.context)) {
    if (batch === "quiet") {
      yield KEEP_ALIVE;
      continue;
    }
    for (const { change } of batch) {
      if (isWanted(filter, change)) yield notify(methodOf(change), typeof change === "string" ? {} : change);
    }
  }
  yield messageEvent(resultJson(id, shape.complete({ _meta: meta })));
}

export function methodOf(change: Change): string {
  return typeof change === "string" ? `notifications/${change}/list_changed` : "notifications/resources/updated";
}

function isWanted(filter: Filter, change: Change): boolean {
  if (typeof change !== "string") return filter.resourceSubscriptions?.includes(change.uri) === true;
  return filter[`${change}ListChanged`] === true;
}

function readFilter(raw: unknown): Result<Filter, RpcError> {
  if (!isRecord(raw)) return refused(invalidParams("notifications is not an object"));
  const { resourceSubscriptions: uris } = raw;
  if (uris !== undefined && !isUris(uris)) {
    return refused(invalidParams(`resourceSubscriptions is not a list of up to ${SUBSCRIPTIONS_MAX} uris`));
  }
  return ok({
    ...(raw.toolsListChanged === true ? { toolsListChanged: true } : {}),
    ...(raw.promptsListChanged === true ? { promptsListChanged: true } : {}),
    ...(raw.resourcesListChanged === true ? { resourcesListChanged: true } : {}),
    ...(uris === undefined ? {} : { resourceSubscriptions: uris }),
  });
}

function isUris(raw: unknown): raw is readonly string[] {
  return Array.isArray(raw) && raw.length <= SUBSCRIPTIONS_MAX && raw.every((uri) => typeof uri === "string");
}
