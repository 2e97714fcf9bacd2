import { inParallel } from "../in-parallel.ts";
import { channelOf, type Hearer, mayHear } from "../message/channel.ts";
import type { Digest } from "../ports/digest.ts";
import type { Item } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import {
  QUESTION_LIST_DEFAULT,
  QUESTION_LIST_MAX,
  QUESTION_LIST_READS_MAX,
  QUESTIONS_LOOKED_AT_ONCE,
} from "./limits.ts";
import type { Question } from "./question.ts";
import type { QuestionParts } from "./question-parts.ts";
import type { QuestionListInvalid } from "./question-problem.ts";
import { type KeptQuestion, parseStoredQuestion } from "./stored-question.ts";

export interface QuestionFilter {
  /** Who looks: they see what they are asked, and what they have asked. */
  readonly viewer: Hearer;
  /** `open` lists what may still be answered, and what is over first comes first; `all` the newest first. */
  readonly which: "open" | "all";
  /** 1 to 100. @default 20 */
  readonly limit?: number | undefined;
  /** Of an earlier page of the same list. */
  readonly cursor?: string | undefined;
}

export interface QuestionPage {
  readonly questions: readonly Question[];
  /** Set when more may follow. A page may hold fewer than asked, even none, and still not be the last. */
  readonly cursor?: string;
}

/** Whether somebody is asked. */
export function isAsked({ to }: Pick<Question, "to">, who: Hearer, digest: Digest): boolean {
  return mayHear(channelOf(to, digest), who, digest);
}

/** Whether somebody may see a question: those who are asked, and who asked. */
export function isSeenBy(question: Pick<Question, "to" | "asker">, who: Hearer, digest: Digest): boolean {
  return question.asker === who.subject || isAsked(question, who, digest);
}

/** As it is at a moment: a question whose time is over is `expired`, whether or not anybody has written that down. */
export function asOf({ publishedRevision: _told, ...question }: KeptQuestion, nowMs: number): Question {
  if (question.state !== "open" || nowMs < question.expiresAtEpochMs) return question;
  return { ...question, state: "expired", closedAtEpochMs: question.expiresAtEpochMs };
}

type ListParts = Pick<QuestionParts, "table" | "store" | "entries" | "digest" | "clock">;

/** Reads a bounded number of the tenant's questions, whatever few of them are for the viewer. */
export async function listQuestions(
  parts: ListParts,
  tenantId: TenantId,
  filter: QuestionFilter,
): Promise<Result<QuestionPage, QuestionListInvalid>> {
  const { limit = QUESTION_LIST_DEFAULT } = filter;
  if (!Number.isInteger(limit) || limit < 1 || limit > QUESTION_LIST_MAX)
    return refused({ reason: "question_limit_invalid", limitMax: QUESTION_LIST_MAX });
  if (filter.cursor !== undefined && !CURSOR_PATTERNS[filter.which].test(filter.cursor))
    return refused({ reason: "question_cursor_malformed" });
  const questions: Question[] = [];
  let cursor = filter.cursor;
  for (let read = 1; read <= QUESTION_LIST_READS_MAX; read++) {
    const page = await readPage(parts, tenantId, { which: filter.which, limit, cursor });
    for (const { item, question } of page.rows) {
      if (question !== undefined && isWanted(parts, question, filter)) questions.push(question);
      if (questions.length === limit) return ok({ questions, cursor: item.sk });
    }
    if (page.cursor === undefined) return ok({ questions });
    cursor = page.cursor;
  }
  return ok(cursor === undefined ? { questions } : { questions, cursor });
}

/** The sort keys of the two lists. */
const CURSOR_PATTERNS = {
  open: /^\d{13,16}#req-[A-Za-z0-9_-]{31}$/,
  all: /^req-[A-Za-z0-9_-]{31}$/,
} as const;

function isWanted({ digest }: ListParts, question: Question, { viewer, which }: QuestionFilter): boolean {
  return (which === "all" || question.state === "open") && isSeenBy(question, viewer, digest);
}

interface Row {
  readonly item: Item;
  readonly question: Question | undefined;
}

async function readPage(
  parts: ListParts,
  tenantId: TenantId,
  of: { readonly which: "open" | "all"; readonly limit: number; readonly cursor: string | undefined },
): Promise<{ readonly rows: readonly Row[]; readonly cursor?: string }> {
  const { table, entries, clock } = parts;
  const { limit, cursor } = of;
  const nowMs = clock.nowMs();
  const seen = (question: KeptQuestion | undefined) => question && asOf(question, nowMs);
  if (of.which === "open") {
    const { items, ...rest } = await entries.page(tenantId, { limit, cursor });
    const rows = await inParallel(items, { parallelMax: QUESTIONS_LOOKED_AT_ONCE }, async (item) => {
      const entry = entries.read(tenantId, item);
      return { item, question: seen(entry && (await parts.store.get(tenantId, entry.questionId))) };
    });
    return { ...rest, rows: rows.flatMap((row) => row ?? []) };
  }
  const range = { pk: recordPartition(tenantId, "QUESTION"), reverse: true, limit };
  const { items, ...rest } = await table.query(cursor === undefined ? range : { ...range, cursor });
  return { ...rest, rows: items.map((item) => ({ item, question: seen(parseStoredQuestion(tenantId, item)) })) };
}
