/** `npm run bench`: measures ours beside the peers and prints it; a full run is kept in `bench/results.json`. */
import process from "node:process";
import { call } from "./call/group.ts";
import { cold } from "./cold/group.ts";
import { cyberchef } from "./cyberchef.ts";
import { type Group, rowsOf } from "./group.ts";
import { http } from "./http/group.ts";
import { io } from "./io.ts";
import { jobs } from "./jobs/group.ts";
import { canPin } from "./measure/pinned-process.ts";
import { readOptions } from "./options.ts";
import { installPeers } from "./peers/install.ts";
import { printed } from "./print.ts";
import { projects } from "./projects/group.ts";
import { writeResults } from "./results-file.ts";
import { router } from "./router/group.ts";
import { sessions } from "./sessions.ts";
import { start } from "./start/group.ts";
import { buildSubjects } from "./subjects.ts";
import { tenants } from "./tenants/group.ts";

const GROUPS = {
  call,
  cold,
  cyberchef,
  http,
  io,
  jobs,
  projects,
  router,
  sessions,
  start,
  tenants,
} as const satisfies Record<string, Group>;

type GroupName = keyof typeof GROUPS;

const NAMES = Object.keys(GROUPS) as GroupName[];

const HELP = `Measures Skein beside its peers, on this machine and in one run.

  npm run bench -- [NAME…] [options]

${NAMES.map((name) => `  ${name.padEnd(10)} ${GROUPS[name].about}`).join("\n")}

  --quick    short windows, to see that all of it works; keeps no results
  --help     print this and end
`;

async function run(args: readonly string[]): Promise<void> {
  const options = readOptions(args, NAMES);
  if (options === "help") {
    process.stdout.write(HELP);
    return;
  }
  if ("wrong" in options) {
    process.stderr.write(`${options.wrong}\n\n${HELP}`);
    process.exitCode = 2;
    return;
  }
  if (process.platform !== "linux") {
    process.stderr.write("the CPU time of processes is read from /proc, which Linux alone has\n");
    process.exitCode = 1;
    return;
  }
  if (!canPin()) process.stderr.write("no taskset, or one core alone: server and load share what there is\n");
  installPeers();
  await buildSubjects();
  for (const name of options.groups) {
    const measured = await GROUPS[name].measure({ quick: options.quick, progress: progressOf(name) });
    process.stdout.write(`${printed(`${name}: ${GROUPS[name].about}`, measured)}\n`);
    if (!options.quick) writeResults(name, rowsOf(measured));
  }
}

function progressOf(group: string): (doing: string) => void {
  const startedMs = performance.now();
  return (doing) => {
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    process.stderr.write(`${group} ${seconds} s: ${doing}\n`);
  };
}

await run(process.argv.slice(2));
