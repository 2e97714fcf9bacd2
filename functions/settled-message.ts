import type { Message, Queue } from "../layers/core/ports/queue.ts";
import type { MessageOutcome } from "../layers/http/lambda/lambda-queue.ts";

/** What a worker says of a message that it was given. */
export type MessageTaking =
  | { readonly message: "complete" }
  | { readonly message: "later"; readonly afterSeconds: number };

/** Lambda leaves what is not done hidden for as long as its queue says, unless it is told otherwise. */
export async function settledMessage(
  queue: Pick<Queue, "extend">,
  { receipt }: Pick<Message, "receipt">,
  taking: MessageTaking,
): Promise<MessageOutcome> {
  if (taking.message === "complete") return "done";
  await queue.extend(receipt, taking.afterSeconds);
  return "later";
}
