import type { ArgumentShape, NamedValue, OperationArgument } from "../../layers/cyberchef/operation.ts";

/** An argument as CyberChef describes it. Which of these there are, and of which type, hangs on `type`. */
export interface ArgumentConfig {
  readonly name: string;
  readonly type: string;
  readonly value?: unknown;
  readonly defaultIndex?: number;
  readonly toggleValues?: readonly string[];
  readonly target?: number | readonly number[];
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
  readonly maxLength?: number;
  readonly allowEmpty?: boolean;
}

/** An argument of a type that no version of CyberChef had before. */
export class ArgumentTypeUnknown extends Error {
  readonly code = "argument_type_unknown";

  constructor({ name, type }: ArgumentConfig) {
    super(`the argument ${name} is of the unknown type ${type}`);
    this.name = "ArgumentTypeUnknown";
  }
}

/** Two of CyberChef's machines name their wheels in Greek. */
const GREEK: Readonly<Record<string, string>> = { χ: "chi", ψ: "psi", μ: "mu" };

export function describeArguments(args: readonly ArgumentConfig[]): readonly OperationArgument[] {
  const taken = new Set<string>();
  return args.map((config) => {
    const plain = keyOf(config.name);
    let key = plain;
    for (let same = 2; taken.has(key); same++) key = `${plain}_${same}`;
    taken.add(key);
    return { name: config.name, key, ...shapeOf(config) };
  });
}

/** Comment's one argument has no name. */
function keyOf(name: string): string {
  const latin = name.toLowerCase().replace(/[χψμ]/g, (letter) => GREEK[letter] ?? letter);
  return latin.replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "") || "text";
}

function shapeOf(config: ArgumentConfig): ArgumentShape {
  switch (config.type) {
    case "boolean":
      return { type: "boolean", default: String(config.value) === "true" };
    case "number":
      return { type: "number", default: Number(config.value), ...limitsOf(config) };
    case "string":
    case "shortString":
    case "text":
      return { type: "string", default: String(config.value), ...lengthsOf(config) };
    case "binaryString":
    case "binaryShortString":
      return { type: "string", default: String(config.value), escapes: true, ...lengthsOf(config) };
    case "option":
    case "argSelector":
      return optionOf(config);
    case "editableOption":
    case "editableOptionShort":
      return editableOptionOf(config);
    case "toggleString":
      return toggleStringOf(config);
    case "populateOption":
    case "populateMultiOption":
      return presetOf(config);
    case "label":
      return { type: "label" };
    default:
      throw new ArgumentTypeUnknown(config);
  }
}

function limitsOf({ min, max, integer }: ArgumentConfig) {
  return {
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(integer === true ? ({ integer } as const) : {}),
  };
}

function lengthsOf({ maxLength, allowEmpty }: ArgumentConfig) {
  return {
    ...(maxLength === undefined ? {} : { lengthMax: maxLength }),
    ...(allowEmpty === false ? ({ required: true } as const) : {}),
  };
}

function optionOf({ value, defaultIndex = 0 }: ArgumentConfig): ArgumentShape {
  const names = choices(value).map(({ name }) => name);
  const options = names.filter((name) => !isHeading(name));
  return { type: "option", default: names.slice(defaultIndex).find((name) => !isHeading(name)) ?? "", options };
}

/** Groups of options stand between `[Group]` and `[/Group]`. */
function isHeading(name: string): boolean {
  return /^\[\/?[a-z0-9 -()^]+\]$/i.test(name);
}

function editableOptionOf({ value, defaultIndex = 0 }: ArgumentConfig): ArgumentShape {
  const options = choices(value);
  return { type: "editable_option", default: options[defaultIndex]?.value ?? "", options };
}

function toggleStringOf({ value, toggleValues = [], ...config }: ArgumentConfig): ArgumentShape {
  const text = typeof value === "object" && value !== null && "string" in value ? value.string : value;
  return {
    type: "toggle_string",
    default: String(text),
    formats: toggleValues,
    ...lengthsOf(config as ArgumentConfig),
  };
}

function presetOf({ value, target = [], defaultIndex = 0 }: ArgumentConfig): ArgumentShape {
  const options = (Array.isArray(value) ? value : []).map((preset: { name: string; value: string | string[] }) => ({
    name: preset.name,
    values: [preset.value].flat(),
  }));
  return { type: "preset", default: options[defaultIndex]?.name ?? "", targets: [target].flat(), options };
}

/** Options are texts, or named values (of a selector: names with the arguments that they show and hide). */
function choices(value: unknown): readonly NamedValue[] {
  return (Array.isArray(value) ? value : []).map((choice: string | NamedValue) =>
    typeof choice === "string" ? { name: choice, value: choice } : { name: choice.name, value: choice.value },
  );
}
