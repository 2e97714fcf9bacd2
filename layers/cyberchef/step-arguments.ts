import { ok, type Result, refused } from "../core/result.ts";
import type { NamedValue, Operation, OperationArgument } from "./operation.ts";
import { formOf } from "./operation-index.ts";

export interface ArgumentProblem {
  readonly argument: string;
  /** What was wrong and what is allowed. */
  readonly why: string;
}

type Read = Result<unknown, string>;
type Given = readonly unknown[] | Readonly<Record<string, unknown>>;

/**
 * All arguments of an operation in its own order, as CyberChef takes them: names of options as their values, texts
 * with a format as `{ option, string }`. What is left out, or null, takes the operation's default.
 *
 * @param given by position, or by name or key in any case.
 */
export function arrangeArguments(operation: Operation, given: Given = []): Result<readonly unknown[], ArgumentProblem> {
  const placed = isList(given) ? placeByPosition(operation, given) : placeByName(operation, given);
  if (!placed.ok) return placed;
  const wanted = withPresets(operation, placed.value);
  const arranged: unknown[] = [];
  for (const [position, argument] of operation.args.entries()) {
    const read = readValue(argument, wanted[position]);
    if (!read.ok) return refused({ argument: argument.name, why: read.problem });
    arranged.push(read.value);
  }
  return ok(arranged);
}

/** As Array.isArray, which does not know of readonly arrays. */
function isList(given: Given): given is readonly unknown[] {
  return Array.isArray(given);
}

function placeByPosition({ args }: Operation, given: readonly unknown[]): Result<readonly unknown[], ArgumentProblem> {
  if (given.length <= args.length) return ok(given);
  return refused({ argument: `#${args.length + 1}`, why: `it takes ${args.length} arguments, not ${given.length}` });
}

function placeByName(
  { args }: Operation,
  given: Readonly<Record<string, unknown>>,
): Result<readonly unknown[], ArgumentProblem> {
  const placed: unknown[] = [];
  for (const [name, value] of Object.entries(given)) {
    const form = formOf(name);
    const byKey = args.findIndex(({ key }) => key === name);
    const position = byKey >= 0 ? byKey : args.findIndex((argument) => formOf(argument.name) === form);
    if (position < 0) return refused({ argument: name, why: `it has no such argument; it has ${namesOf(args)}` });
    placed[position] = value;
  }
  return ok(placed);
}

function namesOf(args: readonly OperationArgument[]): string {
  return args.length === 0 ? "none" : args.map(({ key }) => key).join(", ");
}

/** A preset that was chosen fills the arguments it is for, where they were not given. */
function withPresets({ args }: Operation, placed: readonly unknown[]): readonly unknown[] {
  const filled = [...placed];
  for (const [position, argument] of args.entries()) {
    const chosen = placed[position];
    if (argument.type !== "preset" || typeof chosen !== "string") continue;
    const preset = argument.options.find(({ name }) => formOf(name) === formOf(chosen));
    argument.targets.forEach((target, at) => {
      filled[target] ??= preset?.values[at];
    });
  }
  return filled;
}

function readValue(argument: OperationArgument, given: unknown): Read {
  if (argument.type === "label") return ok("");
  const value = given ?? argument.default;
  switch (argument.type) {
    case "boolean":
      return readBoolean(value);
    case "number":
      return readNumber(argument, value);
    case "string":
      return readText(argument, value);
    case "option":
      return readOption(argument.options, value);
    case "editable_option":
      return readEditableOption(argument.options, value);
    case "toggle_string":
      return readToggleString(argument, value);
    case "preset":
      return readOption(
        argument.options.map(({ name }) => name),
        value,
      );
    default:
      return argument satisfies never;
  }
}

function readBoolean(value: unknown): Read {
  if (value === true || value === "true") return ok(true);
  if (value === false || value === "false") return ok(false);
  return refused("true or false is allowed");
}

function readNumber({ min, max, integer }: { min?: number; max?: number; integer?: true }, value: unknown): Read {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  const fits =
    typeof number === "number" &&
    Number.isFinite(number) &&
    number >= (min ?? -Infinity) &&
    number <= (max ?? Infinity) &&
    (integer !== true || Number.isInteger(number));
  if (fits) return ok(number);
  const kind = integer === true ? "a whole number" : "a number";
  const from = min === undefined ? "" : ` from ${min}`;
  const to = max === undefined ? "" : ` up to ${max}`;
  return refused(`${kind}${from}${to} is allowed`);
}

function readText({ lengthMax, required }: { lengthMax?: number; required?: true }, value: unknown): Read {
  const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
  if (typeof text !== "string") return refused("a text is allowed");
  if (required === true && text === "") return refused("it may not be empty");
  if (lengthMax !== undefined && text.length > lengthMax) return refused(`at most ${lengthMax} characters are allowed`);
  return ok(text);
}

function readOption(options: readonly string[], value: unknown): Read {
  const wanted = typeof value === "object" ? undefined : String(value);
  const chosen =
    options.find((option) => option === wanted) ??
    options.find((option) => option.toLowerCase() === wanted?.toLowerCase());
  return chosen === undefined ? refused(`one of these is allowed: ${options.join(", ")}`) : ok(chosen);
}

function readEditableOption(options: readonly NamedValue[], value: unknown): Read {
  const text = typeof value === "object" && value !== null && "value" in value ? value.value : value;
  if (typeof text !== "string")
    return refused(`a text or one of these is allowed: ${options.map(({ name }) => name).join(", ")}`);
  return ok(options.find(({ name }) => name.toLowerCase() === text.toLowerCase())?.value ?? text);
}

function readToggleString(
  { formats, ...rules }: { formats: readonly string[]; lengthMax?: number; required?: true },
  value: unknown,
): Read {
  const parted = typeof value === "object" && value !== null;
  const string = readText(rules, parted && "string" in value ? (value.string ?? "") : parted ? "" : value);
  if (!string.ok) return string;
  const option = readOption(formats, (parted && "option" in value ? value.option : undefined) ?? formats[0]);
  return option.ok ? ok({ option: option.value, string: string.value }) : refused(`for the format, ${option.problem}`);
}
