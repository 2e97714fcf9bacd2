import { ok, type Result, refused } from "../core/result.ts";
import { type Kitchen, startKitchen } from "./kitchen-process.ts";

/** An idle process is let go after this long. */
const IDLE_MS = 60_000;

export interface KitchensOptions {
  readonly buildDir: string;
  readonly processesMax: number;
  readonly memoryBytesMax: number;
  readonly queueMax: number;
}

/** A process for one bake, to be given back. */
export interface Lease {
  readonly kitchen: Kitchen;
  /** `keep` it for another bake, or let it go: then the next in line gets a fresh one. */
  giveBack(keep: boolean): void;
}

/** A bounded number of processes that bake, started as they are needed, and a bounded line of bakes for them. */
export interface Kitchens {
  /**
   * The next free process, in the order of asking; `gone` when the signal was aborted first.
   * `full` when as many wait as may.
   */
  take(signal: AbortSignal): Promise<Result<Lease, "full" | "gone">>;
  counts(): { readonly processes: number; readonly busy: number; readonly waiting: number };
  /** Ends all processes, those that bake too; whoever waits is gone. */
  close(): void;
}

export function kitchens({ processesMax, queueMax, ...options }: KitchensOptions): Kitchens {
  const idle = new Map<Kitchen, NodeJS.Timeout>();
  const busy = new Set<Kitchen>();
  const line: Waiting[] = [];
  let closed = false;

  function lease(): Lease {
    const kitchen = idleKitchen() ?? startKitchen(options);
    busy.add(kitchen);
    return {
      kitchen,
      giveBack(keep) {
        busy.delete(kitchen);
        if (keep && !kitchen.ended && !closed) rest(kitchen);
        else kitchen.end();
        const next = line.shift();
        if (next !== undefined) next(lease());
      },
    };
  }

  function idleKitchen(): Kitchen | undefined {
    for (const [kitchen, goodbye] of [...idle].reverse()) {
      clearTimeout(goodbye);
      idle.delete(kitchen);
      if (!kitchen.ended) return kitchen;
    }
    return undefined;
  }

  function rest(kitchen: Kitchen): void {
    const goodbye = setTimeout(() => {
      idle.delete(kitchen);
      kitchen.end();
    }, IDLE_MS);
    idle.set(kitchen, goodbye.unref());
  }

  return {
    async take(signal) {
      if (signal.aborted) return refused("gone");
      if (busy.size < processesMax) return ok(lease());
      if (line.length >= queueMax) return refused("full");
      const given = await turn(line, signal);
      return given === undefined ? refused("gone") : ok(given);
    },
    counts: () => ({ processes: busy.size + idle.size, busy: busy.size, waiting: line.length }),
    close() {
      closed = true;
      for (const kitchen of [...busy, ...idle.keys()]) kitchen.end();
      for (const goodbye of idle.values()) clearTimeout(goodbye);
      idle.clear();
      for (const leave of line.splice(0)) leave(undefined);
    },
  };
}

/** Called once, with a process or, when there will be none, without. */
type Waiting = (given: Lease | undefined) => void;

/** Stands in line; resolves with nothing when the signal is aborted first. */
function turn(line: Waiting[], signal: AbortSignal): Promise<Lease | undefined> {
  return new Promise((resolve) => {
    const leave = () => {
      line.splice(line.indexOf(served), 1);
      resolve(undefined);
    };
    const served: Waiting = (given) => {
      signal.removeEventListener("abort", leave);
      resolve(given);
    };
    signal.addEventListener("abort", leave, { once: true });
    line.push(served);
  });
}
