/** A step failed in a way its operation did not foresee. */
export class StepCrashed extends Error {
  readonly code = "step_crashed";
  readonly operation: string;
  /** Read by Fork and Subsection where they go on after a failed branch. */
  readonly progress: number;

  constructor(operation: string, progress: number, { cause }: { cause: unknown }) {
    super(messageOf(cause), { cause });
    this.name = "StepCrashed";
    this.operation = cause instanceof StepCrashed ? cause.operation : operation;
    this.progress = progress;
  }
}

/** Operations also throw strings and plain objects. */
function messageOf(cause: unknown): string {
  if (cause instanceof Error) return cause.message;
  if (typeof cause === "object" && cause !== null && "message" in cause) return String(cause.message);
  return String(cause);
}
