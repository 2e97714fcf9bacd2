import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Operation, OperationCatalogue } from "../../layers/cyberchef/operation.ts";
import { unsupportedOperations } from "../../layers/cyberchef/unsupported-operations.ts";
import { type ArgumentConfig, describeArguments } from "./cyberchef-arguments.ts";
import { firstSentence, textOfHtml } from "./cyberchef-text.ts";

/** CyberChef's generated description of one operation. */
interface OperationConfig {
  readonly module: string;
  /** HTML. */
  readonly description: string;
  readonly infoURL: string | null;
  readonly inputType: string;
  readonly flowControl: boolean;
  readonly args: readonly ArgumentConfig[];
  /** How Magic recognises what the operation decodes. */
  readonly checks?: unknown;
}

export interface CyberChefConfig {
  readonly version: string;
  readonly operations: Readonly<Record<string, OperationConfig>>;
  readonly categories: readonly { readonly name: string; readonly ops: readonly string[] }[];
}

/** Where an operation's class is, and what its run gives: what the page shows, and CyberChef describes, may differ. */
export interface OperationSource {
  readonly name: string;
  readonly path: string;
  readonly outputType: string;
}

/** Reads what CyberChef's own build wrote about its operations. */
export async function readConfig(cyberchef: string): Promise<CyberChefConfig> {
  const read = async (path: string) => JSON.parse(await readFile(join(cyberchef, path), "utf8"));
  const [{ version }, operations, categories] = await Promise.all([
    read("package.json"),
    read("src/core/config/OperationConfig.json"),
    read("src/core/config/Categories.json"),
  ]);
  return { version, operations, categories };
}

export async function findOperations(cyberchef: string, config: CyberChefConfig): Promise<readonly OperationSource[]> {
  const folder = join(cyberchef, "src/core");
  const modules = new Set(Object.values(config.operations).map(({ module }) => module));
  const found = await Promise.all(
    [...modules].map(async (module) => {
      const text = await readFile(join(folder, "config/modules", `${module}.mjs`), "utf8");
      return [...text.matchAll(/^ {4}"(.+)": (\S+),$/gm)].map(([, name = "", file]) => ({
        name,
        path: join(folder, "operations", `${file}.mjs`),
      }));
    }),
  );
  return Promise.all(
    found
      .flat()
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async ({ name, path }) => ({ name, path, outputType: outputTypeOf(path, await readFile(path, "utf8")) })),
  );
}

function outputTypeOf(path: string, text: string): string {
  const [, outputType] = /this\.outputType = "([^"]+)"/.exec(text) ?? [];
  if (outputType === undefined) throw new OperationUnreadable(path);
  return outputType;
}

/** An operation that is not written as all others are. */
export class OperationUnreadable extends Error {
  readonly code = "operation_unreadable";

  constructor(path: string) {
    super(`${path} does not say its output type`);
    this.name = "OperationUnreadable";
  }
}

/** What Magic reads: how to recognise what an operation decodes, and the names of the text encodings. */
export function magicConfigOf({ operations }: CyberChefConfig): unknown {
  const recognised = Object.entries(operations).flatMap(([name, { checks }]) =>
    checks === undefined ? [] : [[name, { checks }] as const],
  );
  return { ...Object.fromEntries(recognised), "Encode text": { args: operations["Encode text"]?.args } };
}

export function catalogueOf(
  config: CyberChefConfig,
  sources: readonly (OperationSource & { readonly chunk: string })[],
): OperationCatalogue {
  const categories = config.categories.filter(({ ops }) => ops.length > 0);
  return {
    version: config.version,
    categories: categories.map(({ name }) => name),
    operations: sources.flatMap(({ name, outputType, chunk }): Operation[] => {
      const described = config.operations[name];
      if (described === undefined) return [];
      const description = textOfHtml(described.description);
      const unsupported = unsupportedOperations[name];
      return [
        {
          name,
          categories: categories.filter(({ ops }) => ops.includes(name)).map((category) => category.name),
          module: described.module,
          summary: firstSentence(description),
          description,
          ...(described.infoURL ? { infoUrl: described.infoURL } : {}),
          inputType: described.inputType,
          outputType,
          flowControl: described.flowControl,
          args: describeArguments(described.args),
          chunk,
          ...(unsupported === undefined ? {} : { unsupported }),
        },
      ];
    }),
  };
}
