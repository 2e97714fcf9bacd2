import * as z from "zod";
import { jsonSchemaOf } from "./json-schema.ts";
import type { DescribedOperation } from "./operation.ts";

/** RFC 9457, as every refusal is told. */
const Problem = z.object({
  status: z.int().describe("The status of the reply"),
  title: z.string().describe("The status in words"),
  code: z.string().describe("Stable: match on it"),
  detail: z.string().describe("For the person who reads it: what was wrong, and what is allowed"),
  requestId: z.string().describe("Under which whoever runs the server finds the call"),
});

export const PROBLEM_SCHEMA = jsonSchemaOf(Problem);

interface DescribedProblem {
  readonly name: string;
  readonly description: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const CHALLENGE = { "WWW-Authenticate": "Where a token is got, and with which scopes: RFC 6750, RFC 9728" };
const WAIT = { "Retry-After": "Seconds" };

/** What each status means, whichever operation answers with it. */
const PROBLEMS = {
  400: { name: "Invalid", description: "Something that was sent is not as it should be: all that is wrong is told" },
  401: { name: "Unauthorized", description: "The credential is missing, malformed or over", headers: CHALLENGE },
  403: {
    name: "Forbidden",
    description:
      "The role or the scope does not do, or the tenant is not served; with `scope_missing` the challenge asks for more",
    headers: CHALLENGE,
  },
  404: { name: "Absent", description: "There is none, or none of the caller's" },
  409: { name: "Conflict", description: "It is not in a state for that" },
  412: { name: "Changed", description: "Somebody has changed it since" },
  413: { name: "TooLarge", description: "The body is larger than the server takes" },
  415: { name: "NotJson", description: "The body is not sent as application/json" },
  422: { name: "KeyReused", description: "The Idempotency-Key stands for another request than this one" },
  429: { name: "TooMany", description: "The tenant's rate or its calls of the month are used up", headers: WAIT },
  503: { name: "Unavailable", description: "Not now: try again", headers: WAIT },
} as const satisfies Readonly<Record<number, DescribedProblem>>;

const FAULT: DescribedProblem = { name: "Fault", description: "The server failed, and has written down why" };

export const PROBLEM_RESPONSES = Object.fromEntries(
  [...Object.values<DescribedProblem>(PROBLEMS), FAULT].map(({ name, description, headers = {} }) => [
    name,
    {
      description,
      headers: Object.fromEntries(
        Object.entries(headers).map(([header, what]) => [header, { description: what, schema: { type: "string" } }]),
      ),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  ]),
);

type ProblemStatus = keyof typeof PROBLEMS;

const reference = ({ name }: DescribedProblem) => ({ $ref: `#/components/responses/${name}` });

/** The refusals that whoever may call anything meets, with the server's own failures. */
export function commonProblems(...statuses: readonly ProblemStatus[]): Readonly<Record<string, object>> {
  const named = statuses.map((status) => [String(status), reference(PROBLEMS[status])] as const);
  return { ...Object.fromEntries(named), default: reference(FAULT) };
}

/** All that an operation may be refused with. */
export function problemsOf({ path, schemas, conflict }: DescribedOperation): Readonly<Record<string, object>> {
  const { body, takesVersion, takesIdempotencyKey } = schemas;
  const problems = commonProblems(
    ...([400, 401, 403] as const),
    ...(path.includes("{") ? ([404] as const) : []),
    ...(takesVersion ? ([412] as const) : []),
    ...(body === undefined ? [] : ([413, 415] as const)),
    ...(takesIdempotencyKey ? ([422] as const) : []),
    ...([429, 503] as const),
  );
  if (conflict === undefined) return problems;
  return { ...problems, 409: { ...PROBLEM_RESPONSES[PROBLEMS[409].name], description: conflict } };
}
