import type * as z from "zod";

/**
 * A function's settings from its surroundings, where other names stand too.
 *
 * @throws {ConfigInvalid} with every setting that is missing or wrong, and never with a value.
 */
export function readConfig<Shape extends z.core.$ZodShape>(
  schema: z.ZodObject<Shape, z.core.$strict>,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<z.ZodObject<Shape, z.core.$strict>> {
  const names = Object.keys(schema.shape);
  const present = names.filter((name) => environment[name] !== undefined);
  const read = schema.safeParse(Object.fromEntries(present.map((name) => [name, environment[name]])));
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path: [name], message }) =>
    present.includes(String(name)) ? `${String(name)}: ${message}` : `${String(name)}: is not set`,
  );
  throw new ConfigInvalid(problems);
}

export class ConfigInvalid extends Error {
  readonly code = "config_invalid";
  constructor(problems: readonly string[]) {
    super(`the settings of this function are wrong:\n${problems.join("\n")}`);
    this.name = "ConfigInvalid";
  }
}
