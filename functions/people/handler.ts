import type { HttpHandler } from "../../layers/core/http/http-message.ts";
import { operationRouter } from "../../layers/http/operation/operation-router.ts";
import { type MessageOperationParts, messageOperations } from "./message-operations.ts";
import { type QuestionOperationParts, questionOperations } from "./question-operations.ts";

export type PeopleHandlerParts = MessageOperationParts & QuestionOperationParts;

/** `/api/messages`, `/api/questions` and `/api/people`, for callers who were let in. */
export function peopleHandler(parts: PeopleHandlerParts): HttpHandler {
  return operationRouter([...messageOperations(parts), ...questionOperations(parts)]);
}
