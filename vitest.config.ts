import { defineConfig } from "vitest/config";
import { PATIENCE_MS } from "./test/fixtures/patience.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    expect: { poll: { timeout: PATIENCE_MS } },
  },
});
