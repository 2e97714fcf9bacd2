import { defineConfig } from "vitest/config";
import { PATIENCE_MS } from "./test/fixtures/patience.ts";

/** Ours beside what others have made of the same: apart from the tests, since an oracle may have to be compiled first. */
export default defineConfig({
  test: {
    include: ["test/oracle/**/*.oracle.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 30_000,
    maxWorkers: 1,
    expect: { poll: { timeout: PATIENCE_MS } },
  },
});
