import { parseAudience } from "../core/message/audience-text.ts";
import type { Audience } from "../core/message/channel.ts";
import {
  QUESTION_TIMEOUT_MS_DEFAULT,
  QUESTION_TIMEOUT_MS_MAX,
  QUESTION_TIMEOUT_MS_MIN,
} from "../core/question/limits.ts";
import { checkContent } from "../core/question/question-content.ts";
import type { QuestionOrder } from "../core/question/question-order.ts";
import { ok, type Result, refused } from "../core/result.ts";
import type { AskUserArguments } from "./ask-user-input.ts";

const SECOND_MS = 1_000;

/** What is asked, whoever asks. */
export type AskUserOrder = Pick<QuestionOrder, "content" | "to" | "timeoutMs">;

/** In words: what was wrong, and what is allowed. */
export type AskUserRefused = { readonly reason: "ask_user_refused"; readonly why: string };

export function askUserOrder(args: AskUserArguments): Result<AskUserOrder, AskUserRefused> {
  const { question, choices, schema, urgency = "normal" } = args;
  const timeoutMs = Math.round((args.timeout_seconds ?? QUESTION_TIMEOUT_MS_DEFAULT / SECOND_MS) * SECOND_MS);
  if (!(timeoutMs >= QUESTION_TIMEOUT_MS_MIN && timeoutMs <= QUESTION_TIMEOUT_MS_MAX))
    return because(
      `timeout_seconds is not ${QUESTION_TIMEOUT_MS_MIN / SECOND_MS} to ${QUESTION_TIMEOUT_MS_MAX / SECOND_MS}.`,
    );
  const to = readTo(args.to);
  if (to === undefined) return because("to is not everyone, role:<owner|admin|developer|viewer> or member:<subject>.");
  const content = checkContent({ question, ...(choices && { choices }), ...(schema && { schema }), urgency });
  if (!content.ok) return because(`${content.problem.field} is not as it may be: ${content.problem.allowed}.`);
  return ok({ content: content.value, to, timeoutMs });
}

const because = (why: string) => refused({ reason: "ask_user_refused", why } as const);

function readTo(raw: string | undefined): Audience | undefined {
  if (raw === undefined) return { kind: "everyone" };
  const to = parseAudience(raw);
  if (!to.ok) return undefined;
  const { kind } = to.value;
  return kind === "everyone" || kind === "role" || kind === "member" ? to.value : undefined;
}
