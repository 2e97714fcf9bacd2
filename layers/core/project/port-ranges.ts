import { PORT_RANGES, type PortRange } from "../deployment/project-ports.ts";
import { ok, type Result, refused } from "../result.ts";
import { TECHS, type Tech } from "./tech.ts";

/** That product's own servers listen here, and no project ever does (likewise). */
export const SYSTEM_PORTS: PortRange = { first: 2601, last: 2699 };
/** Those below need a right that no project has. */
const PRIVILEGED_LAST = 1023;
const PORT_LAST = 65_535;

export type PortUnfit =
  | { readonly reason: "port_invalid"; readonly port: number }
  | { readonly reason: "port_system_reserved"; readonly port: number }
  /** In no range of projects, or in one of another tech. */
  | { readonly reason: "port_wrong_range"; readonly port: number; readonly allowed: readonly PortRange[] };

const isWithin = (port: number, { first, last }: PortRange): boolean => port >= first && port <= last;

/** Whether a port is one that a project of this tech may have, whoever has it now. A project of no known tech may have any of them. */
export function fitPort(port: number, tech: Tech | undefined): Result<undefined, PortUnfit> {
  if (!Number.isSafeInteger(port) || port < 1 || port > PORT_LAST) return refused({ reason: "port_invalid", port });
  if (port <= PRIVILEGED_LAST || isWithin(port, SYSTEM_PORTS)) {
    return refused({ reason: "port_system_reserved", port });
  }
  const allowed = rangesOf(tech);
  if (allowed.some((range) => isWithin(port, range))) return ok();
  return refused({ reason: "port_wrong_range", port, allowed });
}

export function rangesOf(tech: Tech | undefined): readonly PortRange[] {
  return tech === undefined ? TECHS.map((each) => PORT_RANGES[each]) : [PORT_RANGES[tech]];
}

/** Of the techs' ranges, the one that a port lies in. */
export function rangeOfPort(port: number): { readonly tech: Tech; readonly range: PortRange } | undefined {
  const tech = TECHS.find((each) => isWithin(port, PORT_RANGES[each]));
  return tech === undefined ? undefined : { tech, range: PORT_RANGES[tech] };
}

export const portCount = (ranges: readonly PortRange[]): number =>
  ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);

/** All ports of some ranges, each once: from the `start`th on to the last, and then those before it. */
export function* portsFrom(ranges: readonly PortRange[], start: number): Generator<number> {
  const count = portCount(ranges);
  for (let step = 0; step < count; step++) yield portAt(ranges, (start + step) % count);
}

/** How many ports of the ranges lie before this one. */
export const portsBefore = (ranges: readonly PortRange[], port: number): number =>
  ranges.reduce((sum, { first, last }) => sum + Math.max(0, Math.min(port, last + 1) - first), 0);

function portAt(ranges: readonly PortRange[], index: number): number {
  let left = index;
  for (const { first, last } of ranges) {
    const count = last - first + 1;
    if (left < count) return first + left;
    left -= count;
  }
  throw new RangeError(`the ranges have no port at place ${index}`);
}
