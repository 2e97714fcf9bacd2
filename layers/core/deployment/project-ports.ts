import type { Tech } from "../project/tech.ts";

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The MCP Debug Host gives each tech a range of its own (its port registry, read 2026-11-20). Where tasks may be called. */
export const PORT_RANGES: Readonly<Record<Tech, PortRange>> = {
  node: { first: 3000, last: 3999 },
  static: { first: 4000, last: 4999 },
  python: { first: 5000, last: 5999 },
  php: { first: 8080, last: 8980 },
};
