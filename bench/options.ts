import { parseArgs } from "node:util";

export interface Options<Name extends string> {
  readonly groups: readonly Name[];
  readonly quick: boolean;
}

/** What was asked for, or what is wrong with it. */
export function readOptions<Name extends string>(
  args: readonly string[],
  names: readonly Name[],
): Options<Name> | "help" | { readonly wrong: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { quick: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
    });
    if (values.help) return "help";
    const unknown = positionals.filter((given) => !names.some((name) => name === given));
    if (unknown.length > 0) {
      return { wrong: `there is no group ${unknown.join(", ")}; the groups are ${names.join(", ")}` };
    }
    const groups = positionals.length === 0 ? names : names.filter((name) => positionals.includes(name));
    return { groups, quick: values.quick };
  } catch (error) {
    if (error instanceof TypeError) return { wrong: error.message };
    throw error;
  }
}
