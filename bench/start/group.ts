import { once } from "node:events";
import { type Comparison, columnOf } from "../comparison.ts";
import { AnswerWrong, echoCall, isAnswer } from "../echo/echo-call.ts";
import type { Group, Settings } from "../group.ts";
import { HttpConnection } from "../http/http-client.ts";
import { cellCommand, PEER_COMMANDS, type ServerCommand, serve, withDataDir } from "../http/served.ts";
import { SUBJECT_CPU, spawnPinned } from "../measure/pinned-process.ts";
import { inRounds } from "../measure/rounds.ts";
import { entryOf } from "../subjects.ts";

const LAUNCHES = { full: 15, quick: 3 };
/** The first ones bring the files into the machine's memory. */
const WARM_UP_LAUNCHES = 2;

export const start: Group = {
  about:
    "from spawn to the first right tools/call over HTTP; and in process, from a process's start to its first reply",
  measure: (settings) =>
    withDataDir(async (dataDir) => {
      const commands = { skein: cellCommand(dataDir, "one-tool.js"), ...PEER_COMMANDS };
      return {
        comparisons: [await compared(SERVERS, commands, settings), await compared(BUNDLES, ENTRIES, settings)],
        rows: [],
      };
    }),
};

/** What a function is made of, without a door, booted by itself. */
const ENTRIES: Readonly<Record<string, ServerCommand>> = {
  skein: [entryOf("call-skein"), "boot"],
  tmcp: [entryOf("call-tmcp"), "boot"],
  "official SDK v2": [entryOf("call-official-sdk"), "boot"],
  floor: [entryOf("nothing")],
};

interface Launching {
  readonly what: string;
  readonly goal: { readonly atMost: number };
  readonly launch: (command: ServerCommand) => Promise<number>;
}

const SERVERS: Launching = { what: "server", goal: { atMost: 110 }, launch: untilServed };
const BUNDLES: Launching = { what: "bundle in process", goal: { atMost: 60 }, launch: untilAnswered };

async function compared(
  { what, goal, launch }: Launching,
  commands: Readonly<Record<string, ServerCommand>>,
  { quick, progress }: Settings,
): Promise<Comparison> {
  const subjects = Object.entries(commands);
  const launches = { subjects, nameOf: ([name]: (typeof subjects)[number]) => `${what}: ${name}`, pids: [], progress };
  const measure = ([, command]: (typeof subjects)[number]): Promise<number> => launch(command);
  await inRounds({ ...launches, count: WARM_UP_LAUNCHES, measure });
  const measured = await inRounds({ ...launches, count: quick ? LAUNCHES.quick : LAUNCHES.full, measure });
  const [ours, ...others] = [...measured].map(([[name], rounds]) => columnOf(name, rounds));
  if (ours === undefined) throw new TypeError("nothing was measured");
  return { what, unit: "ms", better: "less", columns: [ours, ...others], goal };
}

async function untilServed(command: ServerCommand): Promise<number> {
  const startedMs = performance.now();
  const { process, port } = await serve(command);
  try {
    const connection = new HttpConnection(port);
    const call = echoCall(0, 1);
    const { status, body } = await connection.post("/mcp", call.headers, call.body);
    const tookMs = performance.now() - startedMs;
    connection.close();
    if (status !== 200 || !isAnswer(body, call)) throw new AnswerWrong(`${status} ${body}`);
    return tookMs;
  } finally {
    await process.end();
  }
}

/** As the process itself tells. */
async function untilAnswered(command: ServerCommand): Promise<number> {
  const { child } = spawnPinned(SUBJECT_CPU, command, { stdio: "stdout" });
  let printed = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  await once(child, "close");
  const tookMs = Number.parseFloat(printed);
  if (Number.isNaN(tookMs)) throw new AnswerWrong(printed);
  return tookMs;
}
