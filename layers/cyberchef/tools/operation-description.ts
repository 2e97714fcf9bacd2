import { unreachable } from "../../core/result.ts";
import type { Operation, OperationArgument } from "../operation.ts";
import { propertyOf } from "./operation-book.ts";

/** One line on an operation, for lists. */
export function summaryOf({ name, summary, args, unsupported }: Operation) {
  return { operation: name, summary, args: valued(args).length, ...(unsupported === undefined ? {} : { unsupported }) };
}

/** All that a caller needs to run an operation. */
export function descriptionOf(operation: Operation) {
  const { name, description, inputType, outputType, flowControl, args, unsupported } = operation;
  return {
    operation: name,
    description,
    inputType,
    outputType,
    flowControl,
    args: valued(args).map(describeArgument),
    run:
      unsupported === undefined
        ? `cyberchef_bake with "recipe":[{"op":${JSON.stringify(name)},"args":{…}}]`
        : `It can't run here: ${unsupported}`,
  };
}

type ValuedArgument = Exclude<OperationArgument, { readonly type: "label" }>;

/** Headings take no value. */
function valued(args: readonly OperationArgument[]): readonly ValuedArgument[] {
  return args.filter((argument) => argument.type !== "label");
}

/** Types are named as CyberChef names them. */
function describeArgument(argument: ValuedArgument) {
  const name = propertyOf(argument);
  switch (argument.type) {
    case "boolean":
    case "string":
      return { name, type: argument.type, default: argument.default };
    case "number": {
      const { min, max } = argument;
      const range = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
      return { name, type: argument.integer === true ? "integer" : "number", default: argument.default, ...range };
    }
    case "option":
      return { name, type: "option", default: argument.default, options: argument.options };
    case "editable_option": {
      const options = argument.options.map((option) => option.name);
      const shape = "one of the options, or any other text";
      return { name, type: "editableOption", default: argument.default, options, shape };
    }
    case "toggle_string": {
      const shape = "string, or {option, string}";
      const byDefault = { option: argument.formats[0], string: argument.default };
      return { name, type: "toggleString", default: byDefault, options: argument.formats, shape };
    }
    case "preset": {
      const options = argument.options.map((option) => option.name);
      const shape = "an option that sets other arguments";
      return { name, type: "populateOption", default: argument.default, options, shape };
    }
    default:
      return unreachable(argument);
  }
}

const TOOL_DESCRIPTION_CHARACTERS_MAX = 600;

/** For a tool that is one operation: enough to choose it by. */
export function toolDescriptionOf({ name, description }: Operation): string {
  if (description === "") return `CyberChef operation: ${name}.`;
  if (description.length <= TOOL_DESCRIPTION_CHARACTERS_MAX) return description;
  const cut = description.slice(0, TOOL_DESCRIPTION_CHARACTERS_MAX);
  return `${cut.slice(0, cut.lastIndexOf(" "))}…`;
}

/** The JSON Schema of a tool that is one operation: its input, and each argument as an optional property. */
export function inputPropertiesOf(operation: Operation): Readonly<Record<string, unknown>> {
  return {
    input: { type: "string", description: "The data" },
    ...Object.fromEntries(valued(operation.args).map((argument) => [propertyOf(argument), propertySchema(argument)])),
  };
}

function propertySchema(argument: ValuedArgument): Readonly<Record<string, unknown>> {
  const description = argument.name;
  switch (argument.type) {
    case "boolean":
      return { type: "boolean", description, default: argument.default };
    case "number": {
      const minimum = argument.min === undefined ? {} : { minimum: argument.min };
      const maximum = argument.max === undefined ? {} : { maximum: argument.max };
      const type = argument.integer === true ? "integer" : "number";
      return { type, description, default: argument.default, ...minimum, ...maximum };
    }
    case "string":
      return { type: "string", description, default: argument.default };
    case "option":
      return { type: "string", description, enum: argument.options, default: argument.default };
    case "editable_option": {
      const options = argument.options.map(({ name }) => name).join(", ");
      return {
        type: "string",
        description: `${description} (any text, or one of: ${options})`,
        default: argument.default,
      };
    }
    case "toggle_string":
      return {
        description: `${description} (a text is read as ${argument.formats[0]})`,
        anyOf: [
          { type: "string" },
          {
            type: "object",
            properties: { option: { type: "string", enum: argument.formats }, string: { type: "string" } },
            required: ["string"],
          },
        ],
      };
    case "preset":
      return { type: "string", description, enum: argument.options.map(({ name }) => name), default: argument.default };
    default:
      return unreachable(argument);
  }
}
