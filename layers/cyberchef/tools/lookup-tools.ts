import * as z from "zod";
import { refused } from "../../core/result.ts";
import { invalidInput } from "./chef-failure.ts";
import { type Answer, type ChefTool, chefTool } from "./chef-tool.ts";
import { json } from "./json-answer.ts";
import { DESCRIBED_OPERATIONS_MAX, QUERY_CHARACTERS_MAX, SEARCH_RESULTS_MAX } from "./limits.ts";
import type { Meterage } from "./metered-call.ts";
import type { OperationBook } from "./operation-book.ts";
import { descriptionOf, summaryOf } from "./operation-description.ts";

const EXAMPLES_OF_CATEGORY = 3;

const readOnly = { readOnlyHint: true, openWorldHint: false } as const;

/** The way down from all operations to one: categories, a category's operations, an operation's arguments. */
export function lookupTools(meterage: Meterage, book: OperationBook): readonly ChefTool[] {
  return [
    searchTool(meterage, book),
    categoriesTool(meterage, book),
    listOperationsTool(meterage, book),
    describeOperationTool(meterage, book),
  ];
}

function searchTool(meterage: Meterage, book: OperationBook): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_search",
    title: "Search operations",
    description:
      "Finds CyberChef operations by words of their names and descriptions, best match first. " +
      "Answers with JSON: each operation's exact name, what it does, and how many arguments it takes.",
    annotations: readOnly,
    input: () =>
      z.object({
        query: z.string().min(1).max(QUERY_CHARACTERS_MAX).describe("Words to look for, as in: base64 decode"),
        detailed: z.boolean().optional().describe("Also give each operation's arguments"),
      }),
    async run({ query, detailed }) {
      const found = book.search(query, SEARCH_RESULTS_MAX);
      return json({
        query,
        matches: found.length,
        operations: found.map((operation) => (detailed === true ? descriptionOf(operation) : summaryOf(operation))),
        next:
          found.length === 0
            ? "Try fewer or other words, or browse with cyberchef_categories."
            : "See the arguments with cyberchef_describe_operation, then run with cyberchef_bake.",
      });
    },
  });
}

function categoriesTool(meterage: Meterage, book: OperationBook): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_categories",
    title: "List categories",
    description:
      "Lists the categories of CyberChef operations, with how many each holds and three examples. " +
      "Start here to see what there is; go on with cyberchef_list_operations.",
    annotations: readOnly,
    input: () => z.object({}),
    run: async () =>
      json({
        categories: book.categories.map(({ name, operations }) => ({
          category: name,
          operations: operations.length,
          examples: operations.slice(0, EXAMPLES_OF_CATEGORY).map((operation) => operation.name),
        })),
        totalOperations: book.operations.length,
        usage:
          "cyberchef_list_operations shows a category's operations, cyberchef_describe_operation their arguments; " +
          "cyberchef_bake runs any of them by name.",
      }),
  });
}

function listOperationsTool(meterage: Meterage, book: OperationBook): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_list_operations",
    title: "List a category's operations",
    description: "Lists the operations of one category with one line on each. The categories: cyberchef_categories.",
    annotations: readOnly,
    input: () => z.object({ category: z.string().max(QUERY_CHARACTERS_MAX).describe("Category name, in any case") }),
    async run({ category }): Promise<Answer> {
      const found = book.categories.find(({ name }) => name.toLowerCase() === category.trim().toLowerCase());
      if (found === undefined) {
        const names = book.categories.map(({ name }) => name);
        return refused({
          ...invalidInput(`There is no category named ${JSON.stringify(category)}`, { category }),
          suggestions: [`The categories are: ${names.join(", ")}`],
        });
      }
      return json({
        category: found.name,
        operations: found.operations.map(summaryOf),
        next: "See the arguments with cyberchef_describe_operation, then run with cyberchef_bake.",
      });
    },
  });
}

function describeOperationTool(meterage: Meterage, book: OperationBook): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_describe_operation",
    title: "Describe operations",
    description:
      "Tells all about one or several CyberChef operations: what they do, what they take and give, and each argument's " +
      "name, type, default and allowed values, as cyberchef_bake takes them.",
    annotations: readOnly,
    input: () =>
      z.object({
        operations: z
          .union([z.string(), z.array(z.string()).min(1).max(DESCRIBED_OPERATIONS_MAX)])
          .describe("One operation name or several, in any case"),
      }),
    run: async ({ operations }) =>
      json({
        operations: [operations].flat().map((name) => {
          const operation = book.find(name);
          return operation === undefined ? notFound(book, name) : descriptionOf(operation);
        }),
      }),
  });
}

function notFound(book: OperationBook, name: string) {
  const similar = book.similar(name);
  const hint = similar.length === 0 ? "" : ` Did you mean ${similar.map((near) => JSON.stringify(near)).join(" or ")}?`;
  return { operation: name, error: `There is no such operation.${hint} Find the name with cyberchef_search.` };
}
