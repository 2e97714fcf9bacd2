import * as z from "zod";
import { parseJobId } from "../job/job-id.ts";
import type { Audience } from "../message/channel.ts";
import type { Item, Json } from "../ports/table.ts";
import { questionKey } from "../store/keys.ts";
import { ROLES } from "../tenant/role.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { QUESTION_KEPT_MS } from "./limits.ts";
import { QUESTION_STATES, type Question, URGENCIES } from "./question.ts";

/** A question as it is kept, with how much of it was told. */
export interface KeptQuestion extends Question {
  /** Up to which revision its audience was told of it, as far as was written down. */
  readonly publishedRevision: number;
}

/** What lies under a question's key is none. */
export class QuestionCorrupt extends Error {
  readonly code = "question_corrupt";
  constructor(options: { cause: unknown }) {
    super("a stored question can't be read", options);
    this.name = "QuestionCorrupt";
  }
}

/** Texts, choices, schemas and answers lie as JSON text: a map could not hold every depth and every character that JSON can. */
const storedJson = (value: unknown): string => JSON.stringify(value);

export function storedQuestion({ tenantId, questionId, ...question }: KeptQuestion): Item {
  const { question: text, choices, schema, answer, to, ...plain } = question;
  return {
    ...questionKey(tenantId, questionId),
    ...plain,
    ...storedContent({ question: text, choices, schema }),
    to: { ...to },
    ...(answer !== undefined && { answer: storedAnswer(answer) }),
    expiresAtEpochSeconds: Math.ceil((question.expiresAtEpochMs + QUESTION_KEPT_MS) / 1_000),
  };
}

/** In one attribute, so that an edit replaces all of it. */
export function storedContent(content: {
  readonly question: string;
  readonly choices: Question["choices"] | undefined;
  readonly schema: Question["schema"] | undefined;
}): { readonly content: string } {
  return { content: storedJson(content) };
}

export const storedAnswer = ({ value, by, atEpochMs }: NonNullable<Question["answer"]>): Json => ({
  value: storedJson(value),
  by,
  atEpochMs,
});

function makeSchema() {
  const json = z.string().transform((text): Json => JSON.parse(text));
  const audience: z.ZodType<Audience> = z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("everyone") }),
    z.object({ kind: z.literal("role"), role: z.enum(ROLES) }),
    z.object({ kind: z.literal("member"), subject: z.string() }),
    z.object({ kind: z.literal("channel"), name: z.string() }),
    z.object({ kind: z.literal("connection"), connectionId: z.string() }),
  ]);
  const content = z.object({
    question: z.string(),
    choices: z.array(z.string()).exactOptional(),
    schema: z.record(z.string(), z.custom<Json>()).exactOptional(),
  });
  return z.object({
    content: json.pipe(content),
    urgency: z.enum(URGENCIES),
    asker: z.string(),
    to: audience,
    jobId: z
      .string()
      .transform((raw, context) => {
        const jobId = parseJobId(raw);
        if (jobId.ok) return jobId.value;
        context.addIssue("it is no id of a job");
        return z.NEVER;
      })
      .exactOptional(),
    state: z.enum(QUESTION_STATES),
    revision: z.int().min(1),
    publishedRevision: z.int().min(0),
    askedAtEpochMs: z.number(),
    expiresAtEpochMs: z.number(),
    answer: z.object({ value: json, by: z.string(), atEpochMs: z.number() }).exactOptional(),
    closedAtEpochMs: z.number().exactOptional(),
    closedBy: z.string().exactOptional(),
  });
}

let schema: ReturnType<typeof makeSchema> | undefined;

/**
 * Undefined where no question is.
 *
 * @throws {QuestionCorrupt}
 */
export function parseStoredQuestion(tenantId: TenantId, item: Item | undefined): KeptQuestion | undefined {
  if (item === undefined) return undefined;
  schema ??= makeSchema();
  const parsed = schema.safeParse(item);
  if (!parsed.success) throw new QuestionCorrupt({ cause: parsed.error });
  const { content, ...question } = parsed.data;
  return { ...question, ...content, tenantId, questionId: item.sk };
}
