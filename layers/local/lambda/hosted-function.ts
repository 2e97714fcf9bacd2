import type { FunctionShape } from "../../core/deployment/function-shape.ts";

/** A function as it is deployed to this host. */
export interface HostedFunction {
  readonly shape: Pick<FunctionShape, "name" | "memoryMb">;
  readonly functionName: string;
  readonly functionArn: string;
  readonly region: string;
  readonly timeoutMs: number;
  /** Holds `index.mjs` with an exported `handler`. */
  readonly codeDir: string;
  /** Each environment gets a folder below it, which stands for its `/tmp`. */
  readonly temporaryDir: string;
  /** What the deployment tells it. */
  readonly variables: Readonly<Record<string, string>>;
  /** Environments that are started before anyone calls, and kept. */
  readonly provisionedCount: number;
  /** Takes what an environment writes out. */
  readonly log: (environmentId: string, text: Buffer) => void;
}
