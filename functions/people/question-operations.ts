import { actorOf } from "../../layers/core/audit/audit-entry.ts";
import type { AuditLog } from "../../layers/core/audit/audit-log.ts";
import type { Questions } from "../../layers/core/question/questions.ts";
import { mayAct } from "../../layers/core/tenant/action.ts";
import type { Operation, OperationCall } from "../../layers/http/operation/operation.ts";
import type { OperationOutcome } from "../../layers/http/operation/operation-reply.ts";
import {
  ANSWER_QUESTION,
  ASK_QUESTION,
  EDIT_QUESTION,
  GET_QUESTION,
  LIST_QUESTIONS,
  WITHDRAW_QUESTION,
} from "../question-descriptions.ts";
import { QUESTION_ABSENT, questionOutcome, questionProblem, questionShown } from "./people-reply.ts";

export interface QuestionOperationParts {
  readonly questions: Pick<Questions, "ask" | "answer" | "edit" | "withdraw" | "list" | "get" | "seenBy">;
  readonly audit: Pick<AuditLog, "change">;
}

const MS_PER_SECOND = 1_000;

/** The questions that somebody is asked or has asked: of any other they are told that there is none. */
export function questionOperations(parts: QuestionOperationParts): readonly Operation[] {
  const { questions } = parts;
  return [
    ASK_QUESTION.answeredBy(async ({ tenantId, body, context }) => {
      const { to, timeoutSeconds, ...content } = body;
      const order = { content: given(content), to, timeoutMs: timeoutSeconds * MS_PER_SECOND };
      const asked = await questions.ask(tenantId, { ...order, asker: context.principal.subject });
      if (!asked.ok) return { problem: questionProblem(asked.problem) };
      return { json: questionShown(asked.value), headers: { location: `/api/questions/${asked.value.questionId}` } };
    }),
    LIST_QUESTIONS.answeredBy(async ({ tenantId, query, context }) => {
      const page = await questions.list(tenantId, { ...query, viewer: context.principal });
      if (!page.ok) return { problem: questionProblem(page.problem) };
      return { json: { questions: page.value.questions.map(questionShown), cursor: page.value.cursor } };
    }),
    GET_QUESTION.answeredBy(async ({ tenantId, params: { questionId }, context }) => {
      const question = await questions.seenBy(tenantId, questionId, context.principal);
      return question === undefined ? { problem: QUESTION_ABSENT } : { json: questionShown(question) };
    }),
    EDIT_QUESTION.answeredBy(async ({ tenantId, params: { questionId }, body, context }) => {
      const { revision, ...content } = body;
      const edit = { questionId, by: context.principal, revision, content: given(content) };
      return questionOutcome(await questions.edit(tenantId, edit));
    }),
    ANSWER_QUESTION.answeredBy(async ({ tenantId, params: { questionId }, body, context }) =>
      questionOutcome(await questions.answer(tenantId, { questionId, value: body.answer, by: context.principal })),
    ),
    WITHDRAW_QUESTION.answeredBy((call) => withdraw(parts, call)),
  ];
}

interface Content<Schema> {
  readonly question: string;
  readonly choices?: readonly string[] | undefined;
  readonly schema?: Schema | undefined;
  readonly urgency: "low" | "normal" | "high";
}

function given<Schema>({ question, choices, schema, urgency }: Content<Schema>) {
  return { question, ...(choices !== undefined && { choices }), ...(schema !== undefined && { schema }), urgency };
}

/** Somebody else's question may be withdrawn too, so it is written down. Of what is not there nothing is. */
async function withdraw(
  { questions, audit }: QuestionOperationParts,
  call: OperationCall<{ readonly questionId: string }, unknown, unknown>,
): Promise<OperationOutcome> {
  const { tenantId, params, context, request } = call;
  const { questionId } = params;
  const mayCancel = mayAct(context.principal, "job.cancel").ok;
  const look = mayCancel
    ? questions.get(tenantId, questionId)
    : questions.seenBy(tenantId, questionId, context.principal);
  if ((await look) === undefined) return { problem: QUESTION_ABSENT };
  const { requestId } = context;
  const actor = actorOf(context.principal, { requestId, remoteAddress: request.remoteAddress });
  const deed = { actor, action: "question.ask", target: { kind: "question", id: questionId } } as const;
  const by = { subject: context.principal.subject, mayCancel };
  return questionOutcome(await audit.change(tenantId, deed, () => questions.withdraw(tenantId, { questionId, by })));
}
