import type { BakeProblem, BakeStep } from "../../core/recipe/baker.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import type { Operation, OperationArgument } from "../operation.ts";
import type { OperationIndex } from "../operation-index.ts";
import { arrangeArguments } from "../step-arguments.ts";

/** A step whose operation and arguments exist. */
export interface NamedStep {
  /** With the operation's exact name. */
  readonly step: BakeStep;
  /** All arguments, in the operation's order, as CyberChef takes them: the same however they were given. */
  readonly arranged: readonly unknown[];
}

/** What the tools tell of operations, and how clients name their arguments. Nothing is read before it is asked for. */
export class OperationBook {
  readonly #index: OperationIndex;

  constructor(index: OperationIndex) {
    this.#index = index;
  }

  get version(): string {
    return this.#index.version;
  }

  get operations(): readonly Operation[] {
    return this.#index.operations;
  }

  get categories(): readonly { readonly name: string; readonly operations: readonly Operation[] }[] {
    return this.#index.categories.map((name) => ({ name, operations: this.#index.inCategory(name) ?? [] }));
  }

  find(name: string): Operation | undefined {
    return this.#index.named(name);
  }

  similar(name: string): readonly string[] {
    return this.#index.suggest(name);
  }

  search(query: string, limit: number): readonly Operation[] {
    return this.#index.search(query, limit);
  }

  nameSteps(steps: readonly BakeStep[]): Result<readonly NamedStep[], BakeProblem> {
    const named: NamedStep[] = [];
    for (const step of steps) {
      const read = this.#nameStep(step);
      if (!read.ok) return read;
      named.push(read.value);
    }
    return ok(named);
  }

  #nameStep({ operation: name, args }: BakeStep): Result<NamedStep, BakeProblem> {
    const operation = this.#index.named(name);
    if (operation === undefined) {
      return refused({ reason: "operation_unknown", operation: name, suggestions: this.#index.suggest(name) });
    }
    if (operation.unsupported !== undefined) {
      return refused({ reason: "operation_unsupported", operation: operation.name, why: operation.unsupported });
    }
    const given = args === undefined ? undefined : ownNames(operation, args);
    const arranged = arrangeArguments(operation, given);
    if (!arranged.ok) return refused({ reason: "argument_invalid", operation: operation.name, ...arranged.problem });
    const step = { operation: operation.name, ...(given === undefined ? {} : { args: given }) };
    return ok({ step, arranged: arranged.value });
  }
}

/** Clients know the argument that an operation calls Input by this name, since a tool's own input has that one. */
const INPUT_ARGUMENT = "input_arg";

/** The name by which clients give an argument. */
export function propertyOf({ key }: OperationArgument): string {
  return key === "input" ? INPUT_ARGUMENT : key;
}

function ownNames(operation: Operation, args: NonNullable<BakeStep["args"]>): NonNullable<BakeStep["args"]> {
  if (isList(args) || !Object.hasOwn(args, INPUT_ARGUMENT)) return args;
  if (!operation.args.some(({ key }) => key === "input")) return args;
  const { [INPUT_ARGUMENT]: input, ...others } = args;
  return { ...others, input };
}

function isList(args: NonNullable<BakeStep["args"]>): args is readonly unknown[] {
  return Array.isArray(args);
}
