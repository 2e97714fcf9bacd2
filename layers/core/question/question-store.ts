import type { Condition, ItemChange, Table, WriteProblem } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { questionKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { isQuestionId } from "./question-id.ts";
import { type KeptQuestion, parseStoredQuestion, storedQuestion } from "./stored-question.ts";

/** Another came first and left `current`; undefined where no question is. */
export type QuestionWriteLost = { readonly reason: "question_write_lost"; readonly current: KeptQuestion | undefined };

/** A question within its own limits did not fit an item: the limits contradict each other. */
export class QuestionOversized extends Error {
  readonly code = "question_oversized";
  constructor(bytes: number) {
    super(`a question of ${bytes} bytes passed its limits and not the table's`);
    this.name = "QuestionOversized";
  }
}

/** The items of questions. Every change but the first is conditional on the revision that it was judged on. */
export class QuestionStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** @param questionId may come from outside: of a text that is none there is no question. */
  async get(tenantId: TenantId, questionId: string): Promise<KeptQuestion | undefined> {
    if (!isQuestionId(questionId)) return undefined;
    return parseStoredQuestion(tenantId, await this.#table.get(questionKey(tenantId, questionId)));
  }

  async make(question: KeptQuestion): Promise<Result<KeptQuestion, QuestionWriteLost>> {
    const made = await this.#table.put(storedQuestion(question), { if: "absent" });
    return made.ok ? ok(question) : lost(question.tenantId, made.problem);
  }

  /** Of an open question that is as it was seen. The revision rises. */
  change(seen: KeptQuestion, set: ItemChange["set"] & object): Promise<Result<KeptQuestion, QuestionWriteLost>> {
    return this.#update(seen, { set, add: { revision: 1 } });
  }

  /** Writes down that its audience was told of the question as it is. Where it is not so any more, nothing is. */
  async setPublished(seen: KeptQuestion): Promise<void> {
    await this.#update(seen, { set: { publishedRevision: seen.revision } });
  }

  async #update(
    { tenantId, questionId, revision }: KeptQuestion,
    change: ItemChange,
  ): Promise<Result<KeptQuestion, QuestionWriteLost>> {
    const asSeen: Condition = { if: "equals", attribute: "revision", value: revision };
    const isOpen: Condition = { if: "equals", attribute: "state", value: "open" };
    const condition: Condition = { if: "all", of: [isOpen, asSeen] };
    const changed = await this.#table.update(questionKey(tenantId, questionId), change, condition);
    if (!changed.ok) return lost(tenantId, changed.problem);
    const question = parseStoredQuestion(tenantId, changed.value);
    return question === undefined ? refused({ reason: "question_write_lost", current: undefined }) : ok(question);
  }
}

/** @throws {QuestionOversized} */
function lost(tenantId: TenantId, problem: WriteProblem): Result<never, QuestionWriteLost> {
  if (problem.reason === "item_too_large") throw new QuestionOversized(problem.bytes);
  const current = parseStoredQuestion(tenantId, problem.current);
  return refused({ reason: "question_write_lost", current });
}
