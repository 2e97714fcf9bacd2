import { defineConfig } from "vitest/config";
import { PATIENCE_MS } from "./test/fixtures/patience.ts";

/** The pages in a real browser, which not every machine has. */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.browser.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 30_000,
    maxWorkers: 1,
    expect: { poll: { timeout: PATIENCE_MS } },
  },
});
