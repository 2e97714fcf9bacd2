import { afterEach, beforeEach, expect, test } from "vitest";
import { PROJECT_PATHS } from "../../functions/project-paths.ts";
import { type SurfaceBench, surfaceBench } from "../fixtures/surface-bench.ts";

let bench: SurfaceBench;
beforeEach(async () => {
  bench = await surfaceBench();
});
afterEach(() => bench.remove());

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** Of every path that is described and fits: a project may be called `batch`. */
function describedMethods(asked: string): readonly string[] {
  const fitting = Object.entries(PROJECT_PATHS).filter(([path]) =>
    new RegExp(`^${path.replace(/\{\w+\}/, "[^/]+")}$`).test(asked),
  );
  return [...new Set(fitting.flatMap(([, item]) => Object.keys(item)))].toSorted();
}

test.each(Object.keys(PROJECT_PATHS))("%s is there with just the methods that are described", async (path) => {
  const asked = path.replace("{projectId}", "nothing").replace("{port}", "4000");
  const there: string[] = [];
  for (const method of METHODS) {
    const { json } = await bench.ask(method, asked);
    if (!JSON.stringify(json ?? {}).includes('"METHOD_NOT_FOUND"')) there.push(method.toLowerCase());
  }

  expect(there.toSorted()).toEqual(describedMethods(asked));
});
