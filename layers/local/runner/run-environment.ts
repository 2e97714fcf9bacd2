import { delimiter, dirname } from "node:path";
import { ok, type Result, refused } from "../../core/result.ts";

/** What a run finds of the process that launches it; everything else there stays there. */
const PASSED_ON = ["PATH", "LANG", "LC_ALL", "TZ"];
/** By which processes of a run are known for such. */
export const RUN_MARKER = "SKEIN_RUN";
const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Set by the runner, whatever was ordered. */
const OWN_NAMES = ["HOME", "TMPDIR", "HOST", "PORT"];
const OWN_PREFIX = "SKEIN_";

/** Where a run without a choice listens, and the cell reaches it. */
export const RUN_HOST = "127.0.0.1";

export interface RunPlaces {
  readonly home: string;
  readonly temporary: string;
  /** What makes a Node program listen on {@link RUN_HOST} where it names no address, or all of them. */
  readonly preload: string;
}

/** The first name that a run can't be given. */
export function checkEnvironment(
  ordered: Readonly<Record<string, string>>,
): Result<undefined, { readonly reason: "environment_refused"; readonly name: string }> {
  for (const [name, value] of Object.entries(ordered)) {
    const isWrong = !NAME_PATTERN.test(name) || value.includes("\0");
    if (isWrong || OWN_NAMES.includes(name) || name.startsWith(OWN_PREFIX)) {
      return refused({ reason: "environment_refused", name });
    }
  }
  return ok();
}

/** All that a run is given: a few of the launcher's names, its own places, and what was ordered. Nothing else. */
export function runEnvironment(run: {
  readonly launcher: NodeJS.ProcessEnv;
  /** The folder of this `node` comes last in the path, so that there is one. */
  readonly node: string;
  readonly marker: string;
  readonly places: RunPlaces;
  readonly port: number | undefined;
  readonly ordered: Readonly<Record<string, string>>;
}): Readonly<Record<string, string>> {
  const { launcher, places, port, ordered } = run;
  const passedOn = PASSED_ON.flatMap((name) => {
    const value = launcher[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const path = [launcher.PATH ?? "", dirname(run.node)].filter((folder) => folder !== "").join(delimiter);
  const nodeOptions = [`--require="${places.preload.replaceAll(/["\\]/g, "\\$&")}"`, ordered.NODE_OPTIONS ?? ""];
  return {
    ...Object.fromEntries(passedOn),
    PATH: path,
    ...ordered,
    NODE_OPTIONS: nodeOptions.join(" ").trim(),
    HOME: places.home,
    TMPDIR: places.temporary,
    ...(port === undefined ? {} : { HOST: RUN_HOST, PORT: String(port) }),
    [RUN_MARKER]: run.marker,
  };
}

/**
 * For programs of any version of Node, before their own first line. Most of them listen on a port without an address,
 * which is every address of the machine.
 */
export const LOOPBACK_PRELOAD = `"use strict";
const net = require("net");
const everywhere = ["0.0.0.0", "::", "::0", "[::]", ""];
const listen = net.Server.prototype.listen;
const host = (named) => (named === undefined || named === null || everywhere.includes(named) ? "${RUN_HOST}" : named);
net.Server.prototype.listen = function (...given) {
  const [first, second] = given;
  if (first === undefined || first === null || typeof first === "function") {
    given.splice(0, typeof first === "function" ? 0 : 1, 0, "${RUN_HOST}");
  } else if (typeof first === "object") {
    const isPort = first.path === undefined && first.fd === undefined && "port" in first;
    if (isPort) given[0] = { ...first, host: host(first.host) };
  } else if (/^[0-9]+$/.test(String(first))) {
    if (typeof second === "string") given[1] = host(second);
    else given.splice(1, second === undefined || second === null ? 1 : 0, "${RUN_HOST}");
  }
  return listen.apply(this, given);
};
`;
