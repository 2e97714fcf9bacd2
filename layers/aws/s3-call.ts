import { StoreFault } from "../core/ports/store-fault.ts";

/** How S3 is asked and what its answers mean. */

export async function answered<T>(operation: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new StoreFault("blob", operation, { cause });
  }
}

/** The call's value, or the name of the error where it is one of those expected. */
export async function unless<T, Name extends string>(
  expected: readonly Name[],
  call: Promise<T>,
): Promise<{ readonly value: T } | { readonly refusal: Name; readonly error: Error }> {
  try {
    return { value: await call };
  } catch (error) {
    const refusal = expected.find((name) => error instanceof Error && error.name === name);
    if (refusal === undefined || !(error instanceof Error)) throw error;
    return { refusal, error };
  }
}

/**
 * What a conditional write meets when its condition does not hold: 412 after the fact, 409 beside another write, 404
 * where what should match is absent. Source: S3 user guide, "Conditional writes" (read 2026-11-20).
 */
export const CONDITION_REFUSALS = ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"] as const;

export type PutCondition = { readonly ifAbsent: true } | { readonly ifEtag: string } | undefined;

export function conditionFields(condition: PutCondition): { IfNoneMatch?: "*"; IfMatch?: string } {
  if (condition === undefined) return {};
  return "ifAbsent" in condition ? { IfNoneMatch: "*" } : { IfMatch: `"${condition.ifEtag}"` };
}

export function plainEtag(etag: string | undefined): string {
  return etag?.replaceAll('"', "") ?? "";
}
