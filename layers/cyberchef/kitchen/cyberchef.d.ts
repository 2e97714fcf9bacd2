/**
 * What the kitchen uses of CyberChef's own modules. They carry no types; the build resolves these names to them
 * (scripts/build/cyberchef-plugin.ts).
 */
declare module "cyberchef:dish" {
  /** A value and its type; asking for another type converts it in place. */
  export class Dish {
    static readonly STRING: number;
    static readonly NUMBER: number;
    static readonly HTML: number;
    static readonly ARRAY_BUFFER: number;
    static readonly BIG_NUMBER: number;
    static readonly JSON: number;
    static readonly FILE: number;
    static readonly LIST_FILE: number;
    static readonly BYTE_ARRAY: number;
    readonly type: number;
    readonly value: unknown;
    get(type: number | string): unknown;
    set(value: unknown, type: number | string): void;
  }
  /** CyberChef's stand-in for the browser's File outside a browser. */
  export class File {
    readonly name: string;
    readonly data: Uint8Array;
  }
}

declare module "cyberchef:operations" {
  import type { RecipeState } from "./recipe.ts";

  interface AnyOperation {
    readonly name: string;
    readonly inputType: string;
    readonly outputType: string;
    ingValues: unknown[];
    disabled: boolean;
    /** Throws where a value breaks a rule of its argument. */
    validateIngredients(values: unknown[]): void;
  }
  interface PlainOperation extends AnyOperation {
    readonly flowControl: false;
    run(input: unknown, values: unknown[]): unknown;
  }
  interface FlowControlOperation extends AnyOperation {
    readonly flowControl: true;
    run(state: RecipeState): RecipeState | Promise<RecipeState>;
  }
  /** One step of a recipe, made anew for each bake. */
  export type Operation = PlainOperation | FlowControlOperation;
  /** Loads an operation's chunk when it is first named. */
  export const operations: Readonly<Record<string, () => Promise<{ readonly default: new () => Operation }>>>;
}
