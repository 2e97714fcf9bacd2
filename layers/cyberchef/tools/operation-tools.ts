import { refused } from "../../core/result.ts";
import type { Schema } from "../../mcp/toolkit/schema.ts";
import type { CallScope, Tool } from "../../mcp/toolkit/tool.ts";
import type { Bakery } from "./bakery.ts";
import { type Answer, type ChefCall, type ChefTool, reply } from "./chef-tool.ts";
import type { Meterage } from "./metered-call.ts";
import type { OperationBook } from "./operation-book.ts";
import { inputPropertiesOf, toolDescriptionOf } from "./operation-description.ts";

interface OperationToolDeps {
  readonly meterage: Meterage;
  readonly bakery: Bakery;
  readonly book: OperationBook;
}

/** Read again here, since the calls of a batch come unread. */
function readCall(
  args: unknown,
): { readonly input: string; readonly others: Readonly<Record<string, unknown>> } | undefined {
  if (typeof args !== "object" || args === null) return undefined;
  const { input, ...others }: { readonly input?: unknown } = args;
  return typeof input === "string" ? { input, others } : undefined;
}

/** `cyberchef_` and the operation's name in lower case, every run of other marks an underscore. */
export function toolNameOf(operation: string): string {
  const words = operation.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  return `cyberchef_${words.replace(/^_|_$/g, "")}`;
}

/**
 * A tool that is one operation. Its description and its schema are read from the index when they are first asked for,
 * so that hundreds of such tools cost a starting process nothing but their names.
 */
export function operationTool(deps: OperationToolDeps, operation: string): ChefTool {
  const { meterage, bakery, book } = deps;
  const name = toolNameOf(operation);
  const answer = async (args: unknown, call: ChefCall): Promise<Answer> => {
    const read = readCall(args);
    if (read === undefined) return refused({ code: "MISSING_ARGUMENT", message: `${name} needs input, a string` });
    return bakery.bake(read.input, [{ operation, args: read.others }], call);
  };
  const tool: Tool = {
    kind: "tool",
    name,
    title: operation,
    get description() {
      const found = book.find(operation);
      return found === undefined ? operation : toolDescriptionOf(found);
    },
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: operationSchema(operation, book),
    run: (args: unknown, scope: CallScope) => reply(meterage, { name }, scope, (call) => answer(args, call)),
  };
  return { tool, answer };
}

function operationSchema(operation: string, book: OperationBook): Schema {
  return {
    type: "object",
    get properties() {
      const found = book.find(operation);
      return found === undefined ? {} : inputPropertiesOf(found);
    },
    required: ["input"],
  };
}
