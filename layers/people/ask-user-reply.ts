import type { Question } from "../core/question/question.ts";
import { text } from "../mcp/toolkit/content.ts";
import type { ToolReply } from "../mcp/toolkit/tool.ts";

/** What a question that is over is to who asked: the answer alone as text, or why there is none. */
export function askUserReply(question: Question & { readonly state: Exclude<Question["state"], "open"> }): ToolReply {
  const { state, questionId, answer, closedBy } = question;
  switch (state) {
    case "answered":
      return answer === undefined ? unable("the answer is not kept any more") : answered(questionId, answer);
    case "expired":
      return unable("timeout waiting for user response"); // the Frontend Router's words
    case "withdrawn":
      return unable(`the question was withdrawn${closedBy === undefined ? "" : ` by ${closedBy}`}`);
  }
}

function answered(questionId: string, { value, by, atEpochMs }: NonNullable<Question["answer"]>): ToolReply {
  const structuredContent = {
    answer: value,
    answered_by: by,
    answered_at: new Date(atEpochMs).toISOString(),
    request_id: questionId,
  };
  return { content: [text(typeof value === "string" ? value : JSON.stringify(value))], structuredContent };
}

const unable = (why: string): ToolReply => ({ content: [text(why)], isError: true });
