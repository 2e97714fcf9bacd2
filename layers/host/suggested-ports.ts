import type { PortBook } from "../core/project/port-book.ts";
import type { RunProblem } from "../core/project/project-problem.ts";
import { type HostFailure, runFailure } from "./host-failure.ts";
import type { HostCall } from "./host-tool.ts";

/** As {@link runFailure}, and where a port was asked for that nobody gets, with free ones in its place. */
export async function failureWithPorts(
  { ports }: { readonly ports: Pick<PortBook, "suggestLike"> },
  { tenantId }: Pick<HostCall, "tenantId">,
  problem: RunProblem,
): Promise<HostFailure> {
  const failure = runFailure(problem);
  switch (problem.reason) {
    case "port_system_reserved":
    case "port_reserved":
    case "port_taken":
      return {
        ...failure,
        details: { ...failure.details, suggestions: await ports.suggestLike(tenantId, problem.port) },
      };
    default:
      return failure;
  }
}
