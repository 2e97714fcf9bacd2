import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FrontDoor } from "../../layers/core/deployment/function-shape.ts";
import { openLambdaCell } from "../../scripts/lambda/open-cell.ts";
import { startRoundRobin } from "../fixtures/round-robin.ts";
import { bundleForConformance } from "./lambda-bundle.ts";

/** Environments of each function: one call and the next come to different processes. */
const WARM_COUNT = 3;
/**
 * Clients of earlier revisions open a stream and leave without a word that Lambda could hear. So many come and go here that
 * what they leave behind is let go of soon.
 */
const LISTEN_MS = 10_000;
const AT_ONCE = { noticeMs: 0, dismissMs: 0, stopMs: 0, endMs: 1_000 };

export interface ServerUnderTest {
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** The functions behind a front door, and before it a proxy that brings the access key, which clients know nothing of. */
export async function startLambdaCell(frontDoor: FrontDoor = "rest"): Promise<ServerUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), "skein-conformance-"));
  const [mcp, worker] = [join(folder, "mcp"), join(folder, "worker")];
  await Promise.all([bundleForConformance("mcp", mcp), bundleForConformance("worker", worker)]);
  const cell = await openLambdaCell({
    host: "127.0.0.1",
    port: 0,
    dataDir: join(folder, "data"),
    surface: "index",
    frontDoor,
    warmCount: WARM_COUNT,
    listenMs: LISTEN_MS,
    codeDirs: { mcp, worker, "worker-high": worker },
  });
  const authorization = `Bearer ${cell.accessKey}`;
  const proxy = await startRoundRobin([Number(new URL(cell.url).port)], { authorization });
  return {
    url: proxy.url,
    async close() {
      await proxy.close();
      await cell.drain(AT_ONCE);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
