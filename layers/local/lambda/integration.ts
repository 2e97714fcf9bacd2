import type { FunctionRoute, ReplyMode } from "../../core/deployment/function-shape.ts";
import type { EnvironmentPool } from "./environment-pool.ts";
import type { FunctionError, InvocationOutcome } from "./invocation.ts";

/** A function behind a front door. */
export interface Integration {
  readonly functionName: string;
  readonly routes: readonly FunctionRoute[];
  readonly replyMode: ReplyMode;
  /** How long the front door is told to wait for it, where that can be said. */
  readonly timeoutMs: number;
  /** Where the function fails, the caller is told nothing but a status: this is told what it was. */
  readonly reportError: (error: FunctionError, requestId: string) => void;
  readonly pool: Pick<EnvironmentPool, "invoke">;
}

/** The first route that `takes` accepts, in the order in which they were deployed. */
export function integrationFor(
  integrations: readonly Integration[],
  takes: (routePath: string) => boolean,
): { readonly integration: Integration; readonly routePath: string } | undefined {
  for (const integration of integrations) {
    const route = integration.routes.find(({ path }) => takes(path));
    if (route !== undefined) return { integration, routePath: route.path };
  }
  return undefined;
}

export async function invoked(
  { pool, reportError }: Pick<Integration, "pool" | "reportError">,
  { requestId, event }: { readonly requestId: string; readonly event: object },
): Promise<InvocationOutcome> {
  const outcome = await pool.invoke({ requestId, event: JSON.stringify(event) });
  if (outcome.kind === "error") reportError(outcome.error, requestId);
  return outcome;
}
