import { parsedJson } from "../../../core/parsed-json.ts";
import { ok, type Result, refused } from "../../../core/result.ts";

export type ChefFormatMalformed = { readonly reason: "chef_format_malformed"; readonly why: string };

/** A step as CyberChef's web app exports it; its arguments are in the operation's own order. */
export interface ChefStep {
  readonly op: string;
  readonly args: readonly unknown[];
  readonly disabled?: true;
  readonly breakpoint?: true;
}

/**
 * Reads CyberChef's "Chef format", as its web app saves recipes and puts them into links:
 * `From_Base64('A-Za-z0-9+/=',true)To_Hex('Space',0/disabled)`.
 *
 * Spaces of a name are underscores, arguments are JSON with single-quoted strings, and flags follow after slashes.
 * Source: CyberChef 11.5.0, `Utils.generatePrettyRecipe`.
 */
export function parseChefFormat(given: string): Result<readonly ChefStep[], ChefFormatMalformed> {
  const steps: ChefStep[] = [];
  let rest = given.trim();
  while (rest !== "") {
    const open = rest.indexOf("(");
    if (open < 1) return malformed(`an operation's name and "(" are missing at ${excerpt(rest)}`);
    const inside = readInside(rest.slice(open + 1));
    if (inside === undefined) return malformed(`the ")" that ends ${excerpt(rest)} is missing`);
    const args = parseArguments(inside.json);
    if (args === undefined) return malformed(`the arguments of ${excerpt(rest)} are not valid`);
    const flags = inside.flags.split("/").slice(1);
    const unknown = flags.find((flag) => flag !== "disabled" && flag !== "breakpoint");
    if (unknown !== undefined) return malformed(`the flag ${excerpt(unknown)} is neither "disabled" nor "breakpoint"`);
    steps.push({
      op: rest.slice(0, open).replaceAll("_", " "),
      args,
      ...(flags.includes("disabled") ? { disabled: true } : {}),
      ...(flags.includes("breakpoint") ? { breakpoint: true } : {}),
    });
    rest = rest.slice(open + 1 + inside.length).trimStart();
  }
  return ok(steps);
}

interface Inside {
  /** The arguments, their strings in double quotes. */
  readonly json: string;
  readonly flags: string;
  /** Characters read, the closing parenthesis included. */
  readonly length: number;
}

/** Reads up to the parenthesis that closes a step. A single quote inside a string is escaped, a double quote is not. */
function readInside(text: string): Inside | undefined {
  let json = "";
  let isString = false;
  let flagsFrom: number | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (isString && character === "\\") {
      at += 1;
      json += text.charAt(at) === "'" ? "'" : `\\${text.charAt(at)}`;
    } else if (character === "'") {
      isString = !isString;
      json += '"';
    } else if (isString) {
      json += character === '"' ? '\\"' : character;
    } else if (character === ")") {
      const flags = flagsFrom === undefined ? "" : text.slice(flagsFrom, at);
      return { json: json.slice(0, json.length - flags.length), flags, length: at + 1 };
    } else {
      if (character === "/") flagsFrom ??= at;
      json += character;
    }
  }
  return undefined;
}

function parseArguments(json: string): readonly unknown[] | undefined {
  const args = parsedJson(`[${json}]`);
  return Array.isArray(args) ? args : undefined;
}

const EXCERPT_CHARACTERS = 40;

const excerpt = (text: string): string => JSON.stringify(text.slice(0, EXCERPT_CHARACTERS));

function malformed(why: string): { readonly ok: false; readonly problem: ChefFormatMalformed } {
  return refused({ reason: "chef_format_malformed", why });
}
