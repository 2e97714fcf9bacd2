/**
 * The process that bakes, one recipe at a time. It has no secret, no network and no right to write, and may end at any
 * moment: operations can exhaust memory in ways that end a whole process, so no two bakes in flight share one.
 */

import { Dish, File } from "cyberchef:dish";
import process from "node:process";
import { Worker } from "node:worker_threads";
import type { Afterwards, Answer, Open, Order, Refused, Served } from "./messages.ts";
import { plate } from "./plate.ts";
import { Recipe } from "./recipe.ts";
import { StepCrashed } from "./step-crashed.ts";

/** Left to whoever ordered, to end an overlong bake and say why before the watch does. */
const GRACE_MS = 1000;
const WAYS_OUT = ["fetch", "WebSocket", "EventSource", "Request", "navigator"];

const watch = new Worker(new URL("./watch.mjs", import.meta.url), {
  workerData: { memoryBytesMax: Number(process.argv[2]) },
});
let baking: Recipe | undefined;

type Outcome = Omit<Served, keyof Afterwards> | Omit<Refused, keyof Afterwards>;

async function bake({ input, steps }: Order): Promise<Outcome> {
  const dish = new Dish();
  const recipe = new Recipe(steps);
  baking = recipe;
  dish.set(new TextEncoder().encode(input).buffer, Dish.ARRAY_BUFFER);
  try {
    await recipe.execute(dish);
    if (recipe.refusal !== undefined) return refusedBy(recipe.refusal);
    return { kind: "served", ...(await plate(dish)) };
  } catch (cause) {
    if (!(cause instanceof StepCrashed)) throw cause;
    return refusedBy(cause);
  }
}

/** Some operations fail without a word. */
function refusedBy({ operation, message }: { readonly operation: string; readonly message: string }): Outcome {
  return { kind: "refused", operation, message: message === "" ? "it gave no reason" : message };
}

function answer(outcome: Outcome): void {
  watch.postMessage(undefined);
  baking = undefined;
  process.send?.({ ...outcome, closing: false, residentBytes: process.memoryUsage.rss() } satisfies Answer);
}

/** Operations leave work behind whose failure nobody awaits; what it broke is unknown, so the process ends with it. */
function crashed(cause: unknown): void {
  if (baking === undefined) process.exit(1);
  const outcome = refusedBy(new StepCrashed(baking.running, 0, { cause }));
  const last: Answer = { ...outcome, closing: true, residentBytes: process.memoryUsage.rss() };
  process.send?.(last, undefined, undefined, () => process.exit(1));
}

function open(): void {
  for (const name of WAYS_OUT) Reflect.deleteProperty(globalThis, name);
  Object.assign(globalThis, { File });
  // Operations answer with the whole memory that a Buffer lies in, which in a pool is others' too.
  Buffer.poolSize = 0;
  // An input that reaches Object.prototype through some operation must not reach the next bake.
  Object.preventExtensions(Object.prototype);
  process.on("disconnect", () => process.exit(0));
  process.on("uncaughtException", crashed);
  process.on("message", async (order: Order) => {
    watch.postMessage(Date.now() + order.timeoutMs + GRACE_MS);
    answer(await bake(order));
  });
  process.send?.({ kind: "open" } satisfies Open);
}

open();
