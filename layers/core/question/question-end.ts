import { StoreFault } from "../ports/store-fault.ts";
import { messageOf } from "./question-messages.ts";
import type { QuestionParts } from "./question-parts.ts";
import type { KeptQuestion } from "./stored-question.ts";

/** Its audience can't be told of a question that passed its limits: the limits contradict each other. */
export class QuestionUntellable extends Error {
  readonly code = "question_untellable";
  constructor() {
    super("a question passed its limits and not those of messages");
    this.name = "QuestionUntellable";
  }
}

type TellParts = Pick<QuestionParts, "publisher" | "store" | "entries" | "wake" | "report">;

/** Tells an open question, and writes down that it was told. Where a store fails, the sweeper does it. */
export function tellOpen(parts: TellParts, question: KeptQuestion): Promise<void> {
  return unlessLater(parts, async () => {
    await tell(parts, question);
    await parts.store.setPublished(question);
  });
}

/**
 * Does what follows from a question's end: its audience is told, the job that waits for it goes on, and last of all its
 * entry goes. Done twice it does no harm. Where a store fails, or the process dies, the entry leads the sweeper to it.
 */
export function settleClosed(parts: TellParts, question: KeptQuestion): Promise<void> {
  return unlessLater(parts, async () => {
    const { tenantId, jobId } = question;
    await Promise.all([tell(parts, question), jobId !== undefined && parts.wake(tenantId, jobId)]);
    await parts.entries.close(tenantId, question);
  });
}

async function tell({ publisher }: TellParts, question: KeptQuestion): Promise<void> {
  const published = await publisher.publish(question.tenantId, messageOf(question));
  if (!published.ok) throw new QuestionUntellable();
}

async function unlessLater({ report }: TellParts, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (fault) {
    if (!(fault instanceof StoreFault) && !(fault instanceof QuestionUntellable)) throw fault;
    report(fault);
  }
}
