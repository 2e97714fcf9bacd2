import type { Dish } from "cyberchef:dish";
import { type Operation, operations } from "cyberchef:operations";
import { unsupportedOperations } from "../unsupported-operations.ts";
import { StepCrashed } from "./step-crashed.ts";

export interface Step {
  readonly op: string;
  /** In the operation's own order, none left out. */
  readonly args: readonly unknown[];
}

/** What flow control operations read and change: their contract with CyberChef's own Recipe. */
export interface RecipeState {
  progress: number;
  readonly dish: Dish;
  readonly opList: readonly Operation[];
  numJumps: number;
  numRegisters: number;
  /** Only CyberChef's page reads it. */
  forkOffset: number;
}

/**
 * Stands in for CyberChef's Recipe, which loads every operation at once: this one loads what its steps name.
 * Fork, Subsection and Magic make recipes of their own through it, so its names and its behaviour are CyberChef's.
 */
export class Recipe {
  opList: Operation[] = [];
  /** The last step that ran to its end; null when a step refused its input. */
  lastRunOp: Operation | null = null;
  /** The step that refused its input, and why. The message is then in the dish too. */
  refusal: { readonly operation: string; readonly message: string } | undefined;
  /** The operation at work, of this recipe. */
  running = "";
  readonly #steps: readonly Step[];

  constructor(steps: readonly Step[] = []) {
    this.#steps = steps;
  }

  addOperations(added: readonly Operation[]): void {
    this.opList.push(...added);
  }

  /**
   * Runs the steps over the dish and answers with how many it passed.
   *
   * @param outer the state of the recipe that this one is a branch of.
   * @throws StepCrashed when an operation fails in a way that it did not foresee.
   */
  async execute(dish: Dish, startFrom = 0, outer?: RecipeState): Promise<number> {
    if (startFrom === 0) this.lastRunOp = null;
    if (this.opList.length === 0) this.opList = await Promise.all(this.#steps.map(prepare));
    const state = { dish, opList: this.opList, numJumps: 0, numRegisters: outer?.numRegisters ?? 0, forkOffset: 0 };
    let position = startFrom;
    for (; position < this.opList.length; position++) {
      const operation = this.opList[position];
      if (operation === undefined || operation.disabled) continue;
      this.running = operation.name;
      try {
        const after = await runStep(operation, { ...state, progress: position });
        this.lastRunOp = operation;
        position = after.progress;
        state.numJumps = after.numJumps;
        state.numRegisters = after.numRegisters;
      } catch (cause) {
        if (!isRefusal(cause)) throw new StepCrashed(operation.name, position, { cause });
        this.refusal = { operation: operation.name, message: cause.message };
        this.lastRunOp = null;
        dish.set(cause.message, "string");
        return position;
      }
    }
    return this.opList.length;
  }
}

async function prepare({ op, args }: Step): Promise<Operation> {
  try {
    const load = operations[op];
    const whyNot = unsupportedOperations[op] ?? (load === undefined ? "there is no such operation" : undefined);
    if (load === undefined || whyNot !== undefined) throw new Error(whyNot);
    const { default: OperationClass } = await load();
    const operation = new OperationClass();
    operation.ingValues = [...args];
    operation.disabled = op === "Comment";
    return operation;
  } catch (cause) {
    throw new StepCrashed(op, 0, { cause });
  }
}

async function runStep(operation: Operation, state: RecipeState): Promise<RecipeState> {
  const input = await state.dish.get(operation.inputType);
  operation.validateIngredients(operation.ingValues);
  if (operation.flowControl) return operation.run(state);
  state.dish.set(await operation.run(input, operation.ingValues), operation.outputType);
  return state;
}

/** The tags CyberChef gives to failures that answer the input, in operations and in conversions. */
function isRefusal(failure: unknown): failure is Error {
  if (!(failure instanceof Error) || !("type" in failure)) return false;
  return failure.type === "OperationError" || failure.type === "DishError";
}
