import { canonicalJson } from "../canonical-json.ts";
import type { JobId } from "../job/job-id.ts";
import type { Hearer } from "../message/channel.ts";
import type { Json } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { QUESTION_CHANGE_ATTEMPTS_MAX, QUESTIONS_OPEN_MAX } from "./limits.ts";
import type { Question, QuestionContent } from "./question.ts";
import { checkAnswer, checkContent } from "./question-content.ts";
import { callWhenDue } from "./question-due.ts";
import { settleClosed, tellOpen } from "./question-end.ts";
import { questionIdOfJob } from "./question-id.ts";
import { asOf, isAsked, isSeenBy, listQuestions, type QuestionFilter, type QuestionPage } from "./question-list.ts";
import { orderedQuestion, type QuestionOrder } from "./question-order.ts";
import { type QuestionDeps, type QuestionParts, questionParts } from "./question-parts.ts";
import type {
  AnswerInvalid,
  QuestionAnswerProblem,
  QuestionAskProblem,
  QuestionChanged,
  QuestionClosed,
  QuestionContended,
  QuestionEditProblem,
  QuestionListInvalid,
  QuestionUnknown,
  QuestionWithdrawProblem,
} from "./question-problem.ts";
import { type KeptQuestion, storedAnswer, storedContent } from "./stored-question.ts";

/**
 * The questions of all tenants that people are asked. Another tenant's question, and one that somebody is not asked, is
 * for them as one that nobody asked. Whether somebody may ask or answer at all, the caller judges by `mayAct`.
 *
 * A process may die anywhere. A question is made in this order: an entry; the question, from here on it is asked; the
 * message that tells of it; a note that it was told. And it ends in this: the end, by one conditional write which only the
 * first can make; the message that tells of it, and the job that waits for it is let go on; the entry goes. The sweeper
 * follows the entries and does what is missing, so that a message comes twice rather than never.
 *
 * A method throws StoreFault when the table fails: then nothing is acknowledged, and nothing says that it was undone. Who
 * does the same again then is answered as if it had been the first time.
 */
export class Questions {
  readonly #parts: QuestionParts;

  constructor(deps: QuestionDeps) {
    this.#parts = questionParts(deps);
  }

  async ask(tenantId: TenantId, order: QuestionOrder): Promise<Result<Question, QuestionAskProblem>> {
    const { store, entries, marks } = this.#parts;
    const known = order.jobId && (await store.get(tenantId, questionIdOfJob(order.jobId)));
    if (known !== undefined) return this.#told(known);
    const made = orderedQuestion(this.#parts, tenantId, order);
    if (!made.ok) return made;
    if (await entries.isFull(tenantId)) return refused({ reason: "questions_full", limit: QUESTIONS_OPEN_MAX });
    await entries.open(tenantId, made.value);
    await marks.mark(tenantId);
    const stored = await store.make(made.value);
    if (!stored.ok) {
      const { current } = stored.problem;
      if (current !== undefined) return this.#told(current); // another run of the job came first
      throw new QuestionVanished();
    }
    this.#parts.turned?.({ tenantId, became: "asked", afterMs: 0 });
    const [told] = await Promise.all([this.#told(stored.value), callWhenDue(this.#parts, stored.value)]);
    return told;
  }

  /** As it is now. For those who may see each: see {@link seenBy}. */
  async get(tenantId: TenantId, questionId: string): Promise<Question | undefined> {
    const question = await this.#parts.store.get(tenantId, questionId);
    return question && asOf(question, this.#parts.clock.nowMs());
  }

  /** The question, where it is there for the viewer: because they are asked, or have asked. */
  async seenBy(tenantId: TenantId, questionId: string, viewer: Hearer): Promise<Question | undefined> {
    const question = await this.get(tenantId, questionId);
    return question !== undefined && isSeenBy(question, viewer, this.#parts.digest) ? question : undefined;
  }

  list(tenantId: TenantId, filter: QuestionFilter): Promise<Result<QuestionPage, QuestionListInvalid>> {
    return listQuestions(this.#parts, tenantId, filter);
  }

  /**
   * The first answer counts; whoever comes later is told that it is over, and by whom. The same answer of the same person
   * once more is the first again.
   *
   * @param given.value a text, one of the choices, or the form filled in, as the question wants it.
   * @returns once the answer is stored.
   */
  async answer(
    tenantId: TenantId,
    given: { readonly questionId: string; readonly value: unknown; readonly by: Hearer },
  ): Promise<Result<Question, QuestionAnswerProblem>> {
    const { questionId, value, by } = given;
    const { clock, digest } = this.#parts;
    return this.#closed<QuestionUnknown | QuestionClosed | AnswerInvalid>(tenantId, questionId, (question) => {
      if (!isAsked(question, by, digest)) return UNKNOWN;
      const closed = closedProblem(question);
      if (closed !== undefined && question.answer?.by !== by.subject) return refused(closed);
      const checked = checkAnswer(question, value);
      if (closed !== undefined) {
        const isAgain = checked.ok && isSame(question.answer?.value, checked.value);
        return isAgain ? ok("as it is") : refused(closed);
      }
      if (!checked.ok) return checked;
      const answer = { value: checked.value, by: by.subject, atEpochMs: clock.nowMs() };
      return ok({ state: "answered", answer: storedAnswer(answer), closedBy: by.subject });
    });
  }

  /**
   * By who asked it, or who may stop anybody's work. Whoever waits for it is told that it was withdrawn.
   *
   * @param given.by.mayCancel whether they may cancel the jobs of others.
   */
  withdraw(
    tenantId: TenantId,
    given: { readonly questionId: string; readonly by: { readonly subject: string; readonly mayCancel: boolean } },
  ): Promise<Result<Question, QuestionWithdrawProblem>> {
    const { subject, mayCancel } = given.by;
    return this.#closed<QuestionUnknown | QuestionClosed>(tenantId, given.questionId, (question) => {
      if (question.asker !== subject && !mayCancel) return UNKNOWN;
      if (question.state === "withdrawn") return ok("as it is");
      const closed = closedProblem(question);
      return closed === undefined ? ok({ state: "withdrawn", closedBy: subject }) : refused(closed);
    });
  }

  /** Writes down that the time of a question is over, where it is. */
  expire(tenantId: TenantId, questionId: string): Promise<Result<Question, QuestionUnknown | QuestionContended>> {
    const { clock } = this.#parts;
    return this.#closed<QuestionUnknown>(tenantId, questionId, ({ state }, stored) => {
      const isOver = stored.state === "open" && state === "expired" && clock.nowMs() >= stored.expiresAtEpochMs;
      return ok(isOver ? { state: "expired" } : "as it is");
    });
  }

  /**
   * Replaces what is asked, by who asked it. Those who are asked are told anew.
   *
   * @param given.revision the one that the new words are meant to replace.
   */
  async edit(
    tenantId: TenantId,
    given: {
      readonly questionId: string;
      readonly by: { readonly subject: string };
      readonly revision: number;
      readonly content: QuestionContent;
    },
  ): Promise<Result<Question, QuestionEditProblem>> {
    const checked = checkContent(given.content);
    if (!checked.ok) return checked;
    const { question: text, choices, schema, urgency } = checked.value;
    const content = storedContent({ question: text, choices, schema });
    const edited = await this.#changed<QuestionUnknown | QuestionClosed | QuestionChanged>(
      tenantId,
      given.questionId,
      (question) => {
        if (question.asker !== given.by.subject) return UNKNOWN;
        const closed = closedProblem(question);
        if (closed !== undefined) return refused(closed);
        if (isSame(checked.value, contentOf(question))) return ok("as it is");
        const { revision } = question;
        return revision === given.revision
          ? ok({ ...content, urgency })
          : refused({ reason: "question_changed", revision });
      },
    );
    if (!edited.ok) return edited;
    return this.#told(edited.value.question);
  }

  /** The question that a job has asked is withdrawn, once the job is over: nobody waits for it any more. */
  async jobEnded(tenantId: TenantId, jobId: JobId): Promise<void> {
    const questionId = questionIdOfJob(jobId);
    const question = await this.#parts.store.get(tenantId, questionId);
    if (question?.state !== "open") return;
    await this.withdraw(tenantId, { questionId, by: { subject: question.asker, mayCancel: true } });
  }

  /** Tells of a question what nobody was told yet, and answers with it as it is then. */
  async #told(question: KeptQuestion): Promise<Result<Question, never>> {
    const isUntold = question.publishedRevision < question.revision;
    if (isUntold && asOf(question, this.#parts.clock.nowMs()).state === "open") await tellOpen(this.#parts, question);
    return ok(asOf(question, this.#parts.clock.nowMs()));
  }

  /** Ends a question, and does what follows. One that had ended so already is the answer too. */
  async #closed<P>(
    tenantId: TenantId,
    questionId: string,
    judge: Judge<P>,
  ): Promise<Result<Question, P | QuestionUnknown | QuestionContended>> {
    const closed = await this.#changed(tenantId, questionId, (question, stored) => {
      const judged = judge(question, stored);
      if (!judged.ok || judged.value === "as it is") return judged;
      return ok({ ...judged.value, closedAtEpochMs: this.#parts.clock.nowMs() });
    });
    if (!closed.ok) return closed;
    const { question, isNew } = closed.value;
    if (isNew) {
      this.#turned(question);
      await settleClosed(this.#parts, question);
    }
    return ok(asOf(question, this.#parts.clock.nowMs()));
  }

  #turned({ tenantId, state, askedAtEpochMs, closedAtEpochMs = askedAtEpochMs }: Question): void {
    if (state === "open") return;
    this.#parts.turned?.({ tenantId, became: state, afterMs: Math.max(0, closedAtEpochMs - askedAtEpochMs) });
  }

  /** Judges and writes again on top of what another writer left. */
  async #changed<P>(
    tenantId: TenantId,
    questionId: string,
    judge: Judge<P>,
  ): Promise<
    Result<{ readonly question: KeptQuestion; readonly isNew: boolean }, P | QuestionUnknown | QuestionContended>
  > {
    const { store, clock } = this.#parts;
    let question = await store.get(tenantId, questionId);
    for (let attempt = 1; attempt <= QUESTION_CHANGE_ATTEMPTS_MAX; attempt++) {
      if (question === undefined) return UNKNOWN;
      const judged = judge(asOf(question, clock.nowMs()), question);
      if (!judged.ok) return judged;
      if (judged.value === "as it is") return ok({ question, isNew: false });
      const written = await store.change(question, judged.value);
      if (written.ok) return ok({ question: written.value, isNew: true });
      question = written.problem.current;
    }
    return refused({ reason: "question_contended", attempts: QUESTION_CHANGE_ATTEMPTS_MAX });
  }
}

/** A question that was to be made was neither made nor there. */
export class QuestionVanished extends Error {
  readonly code = "question_vanished";
  constructor() {
    super("a question could not be made, and there is none");
    this.name = "QuestionVanished";
  }
}

/** @param question as it is now. @param stored as it lies there. */
type Judge<P> = (question: Question, stored: Question) => Result<Readonly<Record<string, Json>> | "as it is", P>;

const UNKNOWN = refused({ reason: "question_unknown" } as const);

function closedProblem({ state, closedBy }: Question): QuestionClosed | undefined {
  if (state === "open") return undefined;
  return { reason: "question_closed", state, ...(closedBy !== undefined && { by: closedBy }) };
}

const isSame = (one: unknown, other: unknown): boolean => canonicalJson(one) === canonicalJson(other);

const contentOf = ({ question, choices, schema, urgency }: QuestionContent): QuestionContent => ({
  question,
  ...(choices !== undefined && { choices }),
  ...(schema !== undefined && { schema }),
  urgency,
});
