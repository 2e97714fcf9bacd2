/** One call of a function. */
export interface Invocation {
  readonly requestId: string;
  /** JSON. */
  readonly event: string;
}

/** As Lambda tells it to who called: the error's type and its JSON. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
}

export type InvocationOutcome =
  | { readonly kind: "whole"; readonly body: Buffer }
  | { readonly kind: "stream"; readonly contentType: string; readonly body: AsyncIterable<Buffer> }
  | { readonly kind: "error"; readonly error: FunctionError };

export function failed(errorType: string, errorMessage: string): InvocationOutcome {
  return { kind: "error", error: { errorType, errorMessage } };
}

/** A streamed reply ended before its end: the function failed, was ended, or wrote too much. */
export class StreamBroken extends Error {
  readonly code = "stream_broken";
  readonly errorType: string;
  constructor(errorType: string) {
    super(`the streamed reply broke off: ${errorType}`);
    this.name = "StreamBroken";
    this.errorType = errorType;
  }
}
