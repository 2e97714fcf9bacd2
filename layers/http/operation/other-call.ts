import { commonProblems } from "./openapi-problems.ts";

/** A call that no operation answers: its shapes are others' to say. */
export interface OtherCall {
  readonly id: string;
  readonly summary: string;
  /** What it takes in the path, the query or in headers, by name; only what is in the path has to be there. */
  readonly takes?: Readonly<Record<string, { readonly in: "path" | "query" | "header"; readonly description: string }>>;
  /** The type of its body; left out, it takes none. */
  readonly sends?: string;
  /** The types that it answers with; JSON when left out. */
  readonly answers?: readonly string[];
  /** Those of what it did; 200 when left out. */
  readonly statuses?: readonly number[];
}

export const JSON_TYPE = "application/json";
export const FORM_TYPE = "application/x-www-form-urlencoded";

/** For whoever brings a credential. */
export function gated(tag: string, call: OtherCall): object {
  return described(tag, call, commonProblems(401, 403, 429, 503));
}

/** For anyone. */
export function open(tag: string, call: OtherCall): object {
  return { ...described(tag, call, commonProblems()), security: [] };
}

function described(tag: string, call: OtherCall, problems: Readonly<Record<string, object>>): object {
  const { id, summary, takes = {}, sends, answers = [JSON_TYPE], statuses = [200] } = call;
  const content = Object.fromEntries(answers.map((type) => [type, { schema: schemaOf(type) }]));
  const reply = { description: "The answer", content };
  return {
    operationId: id,
    tags: [tag],
    summary,
    parameters: Object.entries(takes).map(([name, taken]) => ({
      name,
      ...taken,
      required: taken.in === "path",
      schema: { type: "string" },
    })),
    ...(sends !== undefined && {
      requestBody: { required: true, content: { [sends]: { schema: { type: "object" } } } },
    }),
    responses: { ...Object.fromEntries(statuses.map((status) => [String(status), reply])), ...problems },
  };
}

function schemaOf(type: string): object {
  return { type: type === JSON_TYPE ? "object" : "string" };
}
