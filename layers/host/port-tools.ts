import * as z from "zod";
import { PORT_RANGES } from "../core/deployment/project-ports.ts";
import { rangeOfPort, rangesOf, SYSTEM_PORTS } from "../core/project/port-ranges.ts";
import { TECHS } from "../core/project/tech.ts";
import { ok, refused } from "../core/result.ts";
import { invalidParams, portFailure } from "./host-failure.ts";
import type { HostParts } from "./host-parts.ts";
import { portNumber, projectId } from "./host-schemas.ts";
import { type HostTool, hostTool } from "./host-tool.ts";
import { failureWithPorts } from "./suggested-ports.ts";

const SUGGESTIONS_MAX = 20;
const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "::1", "[::1]"];

/** Which ports there are, and who has them. */
export function portTools(parts: HostParts): readonly HostTool[] {
  return [checkPortTool(parts), suggestPortTool(parts), portsTool(parts)];
}

function checkPortTool({ ports, clock }: HostParts): HostTool {
  return hostTool({
    name: "host.checkPort",
    title: "Check a port",
    description:
      "Tells whether a project could have a port now. It is tried out on the machine where projects run, not guessed.",
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: () =>
      z.object({
        port: portNumber(),
        host: z.string().max(255).default("localhost").describe("Only this machine's ports are checked"),
      }),
    async run({ port, host }, { tenantId }) {
      if (!LOOPBACK_NAMES.includes(host)) {
        return refused(invalidParams("Only ports of localhost are checked", { host }));
      }
      const look = await ports.look(tenantId, port);
      const failure = look.ok ? undefined : await failureWithPorts({ ports }, { tenantId }, look.problem);
      const isFree = look.ok || look.problem.reason === "port_wrong_range";
      return ok({
        success: true,
        port,
        host,
        available: look.ok,
        status: isFree ? "available" : "in_use",
        ...(failure !== undefined && { code: failure.code, message: failure.message, ...failure.details }),
        checkedAt: new Date(clock.nowMs()).toISOString(),
      });
    },
  });
}

function suggestPortTool({ ports }: HostParts): HostTool {
  return hostTool({
    name: "host.suggestPort",
    title: "Suggest a port",
    description: "Suggests ports that are free now, of the range of a tech.",
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: () =>
      z.object({
        type: z.enum(TECHS).optional().describe("What the project is run with; of all ranges if left out"),
        preferredPort: portNumber().optional().describe("Where to begin to look"),
        count: z.int().min(1).max(SUGGESTIONS_MAX).optional().describe("How many; 3 if left out"),
      }),
    async run({ type, preferredPort, count }, { tenantId }) {
      const tech = type ?? (preferredPort === undefined ? undefined : rangeOfPort(preferredPort)?.tech);
      const suggestions = await ports.suggest(tenantId, {
        tech,
        ...(preferredPort !== undefined && { near: preferredPort }),
        ...(count !== undefined && { count }),
      });
      const [port] = suggestions;
      if (port === undefined) return refused(portFailure({ reason: "ports_exhausted", ranges: rangesOf(tech) }));
      return ok({
        success: true,
        port,
        suggestions,
        type: tech ?? null,
        range: tech === undefined ? null : PORT_RANGES[tech],
      });
    },
  });
}

function portsTool({ ports, quotas }: HostParts): HostTool {
  return hostTool({
    name: "host.ports",
    title: "List ports",
    description:
      "Lists the ports that the tenant's projects have now, the ranges that ports are given from, and the quota.",
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: () => z.object({ projectId: projectId().optional() }),
    async run({ projectId: id }, { tenantId, limits }) {
      const held = (await ports.held(tenantId)).filter((each) => id === undefined || each.projectId === id);
      const { ports: quota } = await quotas.uses(tenantId, limits);
      return ok({
        success: true,
        ports: held.map(({ port, projectId: of, runId }) => ({
          port,
          projectId: of,
          containerId: runId,
          type: rangeOfPort(port)?.tech ?? null,
        })),
        total: held.length,
        ranges: PORT_RANGES,
        reserved: [SYSTEM_PORTS],
        quota,
      });
    },
  });
}
