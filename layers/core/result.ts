/** What a call that may be refused answers. A refusal is an expected outcome; a fault is thrown. */
export type Result<T, P> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: P };

export function ok(): { readonly ok: true; readonly value: undefined };
export function ok<T>(value: T): { readonly ok: true; readonly value: T };
export function ok<T>(value?: T) {
  return { ok: true, value } as const;
}

export function refused<P>(problem: P): { readonly ok: false; readonly problem: P } {
  return { ok: false, problem };
}

/** Closes an exhaustive switch: a new case that nobody handles fails to compile. */
export function unreachable(value: never): never {
  throw new Error(`a case that can't be: ${JSON.stringify(value)}`);
}
