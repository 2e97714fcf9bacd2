import { type ChildProcess, fork } from "node:child_process";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import type { Answer, Open, Order } from "./kitchen/messages.ts";

/** The process ended before it answered. Operations can bring that about by using up memory, and in other ways. */
export interface Lost {
  readonly kind: "lost";
  readonly signal: NodeJS.Signals | null;
}

/** One process that bakes, one order at a time. */
export interface Kitchen {
  /** @throws KitchenUnopened when the process can't so much as start, and was not ended. */
  bake(order: Order): Promise<Answer | Lost>;
  /** At once, whatever it does. */
  end(): void;
  readonly ended: boolean;
}

/** The process that bakes did not start. Its build is missing or broken. */
export class KitchenUnopened extends Error {
  readonly code = "kitchen_unopened";

  constructor(path: string) {
    super(`the process ${path} did not start: run \`npm run build\``);
    this.name = "KitchenUnopened";
  }
}

interface KitchenOptions {
  readonly buildDir: string;
  /** What the process may hold resident; past it, it ends. */
  readonly memoryBytesMax: number;
}

/**
 * Starts a process with as little as operations need: no environment, and so no secrets; one folder to read; nothing
 * to write; no processes to start. It ends with its parent, and an idle one does not keep its parent from ending.
 */
export function startKitchen(options: KitchenOptions): Kitchen {
  const { path, child } = forkKitchen(options);
  let lost: Lost | undefined;
  let sentHome = false;
  let hear: (said: Open | Answer | Lost) => void = () => {};
  const nextSaid = () =>
    new Promise<Open | Answer | Lost>((resolve) => {
      hear = resolve;
    });
  const loseIt = (signal: NodeJS.Signals | null) => {
    lost ??= { kind: "lost", signal };
    hear(lost);
  };
  child.on("message", (said: Open | Answer) => hear(said));
  child.on("exit", (_code, signal) => loseIt(signal));
  child.on("error", () => loseIt(null));
  const opened = nextSaid();
  letParentEnd(child);
  return {
    async bake(order) {
      keepParent(child);
      const first = await opened;
      if (first.kind !== "open" && !sentHome) throw new KitchenUnopened(path);
      const said = nextSaid();
      // Where it is gone already, its exit tells.
      child.send(order, () => {});
      const ending = lost ?? (await said);
      letParentEnd(child);
      if (ending.kind === "open") throw new KitchenUnopened(path);
      return ending;
    },
    end: () => {
      sentHome = true;
      child.kill("SIGKILL");
    },
    get ended() {
      return lost !== undefined;
    },
  };
}

function forkKitchen({ buildDir, memoryBytesMax }: KitchenOptions): { path: string; child: ChildProcess } {
  const folder = realpathSync(buildDir);
  const path = join(folder, "kitchen.mjs");
  const child = fork(path, [String(memoryBytesMax)], {
    cwd: folder,
    env: { TZ: "UTC" },
    execArgv: [
      "--permission",
      `--allow-fs-read=${join(folder, "*")}`,
      "--allow-worker",
      `--max-old-space-size=${Math.floor(memoryBytesMax / 2 ** 20)}`,
    ],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  return { path, child };
}

function keepParent(child: ChildProcess): void {
  child.ref();
  child.channel?.ref();
}

function letParentEnd(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}
