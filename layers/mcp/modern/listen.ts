import type { HttpReply } from "../../core/http/http-message.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import type { Caller } from "../call/caller.ts";
import type { Change } from "../feed/change-feed.ts";
import { type Changing, waitForChanges } from "../feed/wait-for-changes.ts";
import { SUBSCRIPTIONS_MAX, TASKS_LISTENED_MAX } from "../limits.ts";
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
import { declaresTasks, tasksUndeclared } from "../task/tasks-extension.ts";
import type { ModernShape } from "./modern-era.ts";

/** MCP 2026-07-28, subscriptions, "Notification Filter". */
interface Filter {
  readonly toolsListChanged?: true;
  readonly promptsListChanged?: true;
  readonly resourcesListChanged?: true;
  readonly resourceSubscriptions?: readonly string[];
  /** Of the tasks extension. */
  readonly taskIds?: readonly string[];
}

interface Notification {
  readonly method: string;
  readonly about: object;
}

/** A stream of the changes that the client asked for. It ends with a result before the door would cut it. */
export function listen(server: McpServer, shape: ModernShape, request: RpcRequest, caller: Caller): HttpReply {
  const filter = readFilter(request.params.notifications);
  if (!filter.ok) return errorReply(request.id, filter.problem, request.method);
  if (filter.value.taskIds !== undefined && !declaresTasks(caller.capabilities)) {
    return errorReply(request.id, tasksUndeclared(), request.method);
  }
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
  const notify = ({ method, about }: Notification) => messageEvent(notificationJson(method, { ...about, _meta: meta }));
  const { honoured, wanted } = await subscribe(server, filter, caller);
  yield notify({ method: "notifications/subscriptions/acknowledged", about: { notifications: honoured } });
  for await (const batch of waitForChanges(server, wanted, caller.context)) {
    if (batch === "quiet") yield KEEP_ALIVE;
    else for (const notification of batch) yield notify(notification);
  }
  yield messageEvent(resultJson(id, shape.complete({ _meta: meta })));
}

/** What of a filter can be told, and that as it comes. */
async function subscribe(
  server: McpServer,
  { taskIds, ...filter }: Filter,
  { context }: Caller,
): Promise<{ readonly honoured: Filter; readonly wanted: Changing<Notification> }> {
  const feed = server.feed.reader(context.principal.tenantId);
  const inFeed: Changing<Notification> = {
    read: async () => (await feed.read()).flatMap(({ change }) => (isWanted(filter, change) ? [told(change)] : [])),
  };
  const { jobs, clock } = server;
  if (taskIds === undefined || jobs === undefined) return { honoured: filter, wanted: inFeed };
  const { TaskWatch } = await import("../task/task-watch.ts");
  const tasks = await TaskWatch.open({ jobs, clock }, context.principal, taskIds);
  const isFeedRead = Object.keys(filter).length > 0;
  const wanted: Changing<Notification> = {
    read: async () => [
      ...(isFeedRead ? await inFeed.read() : []),
      ...(await tasks.read()).map((about) => ({ method: "notifications/tasks", about })),
    ],
  };
  return { honoured: { ...filter, taskIds: tasks.taskIds }, wanted };
}

function told(change: Change): Notification {
  return { method: methodOf(change), about: typeof change === "string" ? {} : change };
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
  const { resourceSubscriptions: uris, taskIds } = raw;
  if (uris !== undefined && !isTexts(uris, SUBSCRIPTIONS_MAX)) {
    return refused(invalidParams(`resourceSubscriptions is not a list of up to ${SUBSCRIPTIONS_MAX} uris`));
  }
  if (taskIds !== undefined && !isTexts(taskIds, TASKS_LISTENED_MAX)) {
    return refused(invalidParams(`taskIds is not a list of up to ${TASKS_LISTENED_MAX} ids of tasks`));
  }
  return ok({
    ...(raw.toolsListChanged === true ? { toolsListChanged: true } : {}),
    ...(raw.promptsListChanged === true ? { promptsListChanged: true } : {}),
    ...(raw.resourcesListChanged === true ? { resourcesListChanged: true } : {}),
    ...(uris === undefined ? {} : { resourceSubscriptions: uris }),
    ...(taskIds === undefined ? {} : { taskIds }),
  });
}

function isTexts(raw: unknown, countMax: number): raw is readonly string[] {
  return Array.isArray(raw) && raw.length <= countMax && raw.every((text) => typeof text === "string");
}
