/** An argument of an operation. Names, values and limits are CyberChef's. */
export type OperationArgument = {
  readonly name: string;
  /** Unique within the operation: the name in lower case, all but letters and digits as single underscores. */
  readonly key: string;
} & ArgumentShape;

export type ArgumentShape =
  | { readonly type: "boolean"; readonly default: boolean }
  | {
      readonly type: "number";
      readonly default: number;
      readonly min?: number;
      readonly max?: number;
      readonly integer?: true;
    }
  | {
      readonly type: "string";
      readonly default: string;
      /** `\n`, `\x00` and their like stand for characters. */
      readonly escapes?: true;
      /** In UTF-16 units. */
      readonly lengthMax?: number;
      readonly required?: true;
    }
  /** One of the names. */
  | { readonly type: "option"; readonly default: string; readonly options: readonly string[] }
  /** One of the names, which stand for values, or any other text. */
  | { readonly type: "editable_option"; readonly default: string; readonly options: readonly NamedValue[] }
  /** A text and how it is written. */
  | {
      readonly type: "toggle_string";
      readonly default: string;
      readonly formats: readonly string[];
      readonly lengthMax?: number;
      readonly required?: true;
    }
  /** Named presets for other arguments, given by their positions; ignored where those are given themselves. */
  | {
      readonly type: "preset";
      readonly default: string;
      readonly targets: readonly number[];
      readonly options: readonly Preset[];
    }
  /** A heading: it holds a position and takes no value. */
  | { readonly type: "label" };

export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

export interface Preset {
  readonly name: string;
  /** One for each target. */
  readonly values: readonly string[];
}

export interface Operation {
  readonly name: string;
  /** Where CyberChef's page lists it; at least one. */
  readonly categories: readonly string[];
  readonly module: string;
  /** The first sentence of the description. */
  readonly summary: string;
  readonly description: string;
  readonly infoUrl?: string;
  readonly inputType: string;
  readonly outputType: string;
  /** It steers the recipe and means little outside one. */
  readonly flowControl: boolean;
  readonly args: readonly OperationArgument[];
  /** Its file in the build. */
  readonly chunk: string;
  /** Why it can't be run here; undefined for nearly all. */
  readonly unsupported?: string;
}

/** `build/cyberchef/index.json`. */
export interface OperationCatalogue {
  readonly version: string;
  /** In the order of CyberChef's page. */
  readonly categories: readonly string[];
  /** In the order of their names. */
  readonly operations: readonly Operation[];
}
