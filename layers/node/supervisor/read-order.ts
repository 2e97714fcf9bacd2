import type { TaskOrder } from "../../core/deployment/project-task.ts";

/** An order that is none: nothing of it is run. */
export class OrderMalformed extends Error {
  readonly code = "order_malformed";
  constructor(part: string) {
    super(`the order's ${part} is missing or of the wrong kind`);
    this.name = "OrderMalformed";
  }
}

/**
 * Written by the runner and read by a link that it signed. By hand: all of the supervisor stands in a task definition,
 * which has 64 KB in all.
 *
 * @throws {OrderMalformed}
 */
export function readOrder(raw: unknown): TaskOrder {
  const order = fieldsOf(raw, "JSON");
  const limits = fieldsOf(order.limits, "limits");
  const cpuSeconds = optionalNumber(limits, "cpuSeconds");
  const outputBytes = optionalNumber(limits, "outputBytes");
  const port = optionalNumber(order, "port");
  return {
    tenantId: text(order, "tenantId"),
    projectId: text(order, "projectId"),
    runId: text(order, "runId"),
    argv: argvOf(order.argv),
    environment: textsOf(order.environment),
    ...(port !== undefined && { port }),
    workspace: text(order, "workspace"),
    folder: text(order, "folder"),
    limits: {
      ...(cpuSeconds !== undefined && { cpuSeconds }),
      ...(outputBytes !== undefined && { outputBytes }),
      diskBytes: number(limits, "diskBytes"),
      processCount: number(limits, "processCount"),
      lifetimeMs: number(limits, "lifetimeMs"),
    },
    graceMs: number(order, "graceMs"),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(raw: unknown, part: string): Fields {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw new OrderMalformed(part);
  return { ...raw };
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw new OrderMalformed(name);
  return value;
}

function number(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) throw new OrderMalformed(name);
  return value;
}

function optionalNumber(fields: Fields, name: string): number | undefined {
  return fields[name] === undefined ? undefined : number(fields, name);
}

function argvOf(raw: unknown): readonly [string, ...string[]] {
  const [program, ...args]: readonly unknown[] = Array.isArray(raw) ? raw : [];
  if (typeof program !== "string" || program === "") throw new OrderMalformed("argv");
  return [program, ...args.map((arg) => text({ argv: arg }, "argv"))];
}

function textsOf(raw: unknown): Readonly<Record<string, string>> {
  const fields = fieldsOf(raw, "environment");
  return Object.fromEntries(Object.keys(fields).map((name) => [name, text(fields, name)]));
}
