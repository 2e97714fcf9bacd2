import type { Clock } from "../../core/ports/clock.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import { COMPLETION_TIMEOUT_MS, COMPLETION_VALUES_MAX } from "../limits.ts";
import type { Completer } from "../toolkit/tool.ts";
import { invalidParams, isRecord, type Params, type RpcError } from "./json-rpc.ts";

export interface CompletionResult {
  readonly completion: { readonly values: readonly string[]; readonly total: number; readonly hasMore: boolean };
}

/**
 * Candidates for an argument of a prompt or a variable of a resource template; none where nobody said how, or where it
 * took longer than somebody who types waits.
 */
export async function complete(
  { catalogue, clock }: { readonly catalogue: Catalogue; readonly clock: Clock },
  params: Params,
): Promise<Result<CompletionResult, RpcError>> {
  const { ref, argument, context } = params;
  if (!isRecord(argument) || typeof argument.name !== "string" || typeof argument.value !== "string") {
    return refused(invalidParams("argument is not an object with a name and a value"));
  }
  const completer = isRecord(ref) ? completerOf(catalogue, ref, argument.name) : undefined;
  if (completer === undefined) return refused(invalidParams("ref names neither a prompt nor a resource template"));
  const values = completer === "none" ? [] : await inTime(clock, completer(argument.value, othersOf(context)));
  return ok({
    completion: {
      values: values.slice(0, COMPLETION_VALUES_MAX),
      total: values.length,
      hasMore: values.length > COMPLETION_VALUES_MAX,
    },
  });
}

async function inTime(
  clock: Clock,
  completing: readonly string[] | Promise<readonly string[]>,
): Promise<readonly string[]> {
  const ended = new AbortController();
  try {
    const tooLate = clock.sleep(COMPLETION_TIMEOUT_MS, ended.signal).then((): readonly string[] => []);
    return await Promise.race([completing, tooLate]);
  } finally {
    ended.abort();
  }
}

function completerOf(
  catalogue: Catalogue,
  ref: Readonly<Record<string, unknown>>,
  argument: string,
): Completer | "none" | undefined {
  if (ref.type === "ref/prompt" && typeof ref.name === "string") {
    const prompt = catalogue.prompts.get(ref.name);
    if (prompt === undefined) return undefined;
    return prompt.arguments?.find(({ name }) => name === argument)?.complete ?? "none";
  }
  if (ref.type === "ref/resource" && typeof ref.uri === "string") {
    const found = catalogue.templates.get(ref.uri);
    if (found === undefined) return catalogue.resources.has(ref.uri) ? "none" : undefined;
    const completers = found.template.complete ?? {};
    return Object.hasOwn(completers, argument) ? (completers[argument] ?? "none") : "none";
  }
  return undefined;
}

function othersOf(context: unknown): Readonly<Record<string, string>> {
  const given = isRecord(context) && isRecord(context.arguments) ? context.arguments : {};
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
