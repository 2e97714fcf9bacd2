import { QUESTION_LIST_MAX } from "../../layers/core/question/limits.ts";
import { isAsked } from "../../layers/core/question/question-list.ts";
import { askedBody } from "../../layers/core/question/question-messages.ts";
import { utf8Bytes } from "../../layers/core/store/key-order.ts";
import { openQuestion } from "../../layers/people/wire/server-frame.ts";
import { OPEN_QUESTIONS_BYTES_MAX } from "./limits.ts";
import type { TenantHearer } from "./resume.ts";
import type { SocketParts } from "./socket-parts.ts";

/**
 * The questions that wait for somebody's answer, those first that are over first. Not promised: all of very many; whoever
 * answers some and connects again is told of others.
 */
export async function openQuestionTexts(
  { questions, digest, report }: Pick<SocketParts, "questions" | "digest" | "report">,
  hearer: TenantHearer,
): Promise<readonly string[]> {
  const listed = await questions.list(hearer.tenantId, { viewer: hearer, which: "open", limit: QUESTION_LIST_MAX });
  if (!listed.ok) {
    report(new QuestionsUnlisted());
    return [];
  }
  let bytes = 0;
  return listed.value.questions
    .filter((question) => isAsked(question, hearer, digest))
    .map((question) => openQuestion(askedBody(question)))
    .filter((text) => {
      bytes += utf8Bytes(text);
      return bytes <= OPEN_QUESTIONS_BYTES_MAX;
    });
}

/** A list that was asked for within its limits was refused: a fault of ours. */
export class QuestionsUnlisted extends Error {
  readonly code = "questions_unlisted";
  constructor() {
    super("open questions could not be listed within their own limits");
    this.name = "QuestionsUnlisted";
  }
}
