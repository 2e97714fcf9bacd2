import { onTestFinished } from "vitest";
import { environmentVariables } from "../../../layers/local/lambda/environment-variables.ts";
import type { HostedFunction } from "../../../layers/local/lambda/hosted-function.ts";
import type { Invocation, InvocationOutcome } from "../../../layers/local/lambda/invocation.ts";
import { LAMBDA_LIMITS } from "../../../layers/local/lambda/limits.ts";
import { RuntimeApi } from "../../../layers/local/lambda/runtime-api.ts";
import { poolOf, streamIn } from "../../fixtures/hosted-function.ts";
import { startOfficialRuntime } from "./official-runtime.ts";

/** What whoever called sees of a call. */
export type Seen =
  | { readonly kind: "whole"; readonly body: string }
  | { readonly kind: "stream"; readonly contentType: string; readonly body: string; readonly broken?: unknown }
  | Extract<InvocationOutcome, { kind: "error" }>;

/** Some calls of one function, one after the other in one process of the local host. */
export async function byOurs(of: HostedFunction, invocations: readonly Invocation[]): Promise<readonly Seen[]> {
  const pool = await poolOf(of);
  const all: Seen[] = [];
  for (const invocation of invocations) all.push(await seen(await pool.invoke(invocation)));
  return all;
}

/** The same in one process under AWS's own runtime. A start that fails is all that there is to see. */
export async function byOfficial(of: HostedFunction, invocations: readonly Invocation[]): Promise<readonly Seen[]> {
  const api = await RuntimeApi.open(LAMBDA_LIMITS);
  const id = `${of.shape.name}-1`;
  const surroundings = { id, api: api.address, temporaryDir: of.temporaryDir, provisioned: false };
  const child = startOfficialRuntime(of.codeDir, environmentVariables(of, surroundings));
  onTestFinished(() => {
    child.kill("SIGKILL");
    api.close();
  });
  const error = await api.initialized;
  if (error !== undefined) return [{ kind: "error", error }];
  const all: Seen[] = [];
  for (const invocation of invocations) {
    const { functionArn, timeoutMs } = of;
    all.push(await seen(await api.invoke({ ...invocation, functionArn, deadlineEpochMs: Date.now() + timeoutMs })));
    if (all.length < invocations.length) await api.nextAsked();
  }
  return all;
}

async function seen(outcome: InvocationOutcome): Promise<Seen> {
  if (outcome.kind === "error") return outcome;
  if (outcome.kind === "whole") return { kind: "whole", body: outcome.body.toString() };
  const { chunks, ...stream } = await streamIn(outcome);
  return { kind: "stream", ...stream, body: Buffer.concat(chunks).toString() };
}
