import type { Item, Page, Table } from "../ports/table.ts";
import { questionOpenKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { QUESTION_ENTRIES_PAGE, QUESTION_ENTRY_PAGES_MAX, QUESTIONS_OPEN_MAX } from "./limits.ts";
import { isQuestionId } from "./question-id.ts";

/** There from before a question is made until all is done that follows from its end. */
export interface QuestionEntry {
  readonly questionId: string;
  readonly expiresAtEpochMs: number;
}

/** What lies among the entries is none. */
export class QuestionEntryCorrupt extends Error {
  readonly code = "question_entry_corrupt";
  constructor(tenantId: TenantId, name: string) {
    super(`the entry ${name} of an open question of ${tenantId} can't be read`);
    this.name = "QuestionEntryCorrupt";
  }
}

/** More than can be asked. */
export class QuestionEntriesEndless extends Error {
  readonly code = "question_entries_endless";
  constructor() {
    super(`a tenant has more than ${QUESTION_ENTRY_PAGES_MAX} pages of open questions`);
    this.name = "QuestionEntriesEndless";
  }
}

/** The entries of open questions, in the order of the moments at which they are over. */
export class QuestionEntries {
  readonly #table: Table;
  readonly #report: (fault: unknown) => void;

  constructor(deps: { readonly table: Table; readonly report: (fault: unknown) => void }) {
    this.#table = deps.table;
    this.#report = deps.report;
  }

  async open(tenantId: TenantId, { questionId, expiresAtEpochMs }: QuestionEntry): Promise<void> {
    const entry = { questionId, expiresAtEpochMs };
    await this.#table.put({ ...questionOpenKey(tenantId, entry), ...entry });
  }

  async close(tenantId: TenantId, entry: QuestionEntry): Promise<void> {
    await this.#table.delete(questionOpenKey(tenantId, entry));
  }

  /** Whether a tenant may ask no more. Those who ask at the same moment may pass the limit together. */
  async isFull(tenantId: TenantId): Promise<boolean> {
    const { items } = await this.page(tenantId, { limit: QUESTIONS_OPEN_MAX });
    return items.length >= QUESTIONS_OPEN_MAX;
  }

  page(tenantId: TenantId, of: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page> {
    const range = { pk: recordPartition(tenantId, "QUESTION-OPEN"), limit: of.limit };
    return this.#table.query(of.cursor === undefined ? range : { ...range, cursor: of.cursor });
  }

  /** One that can't be read is told of, and holds up no other. */
  async *pages(tenantId: TenantId): AsyncGenerator<readonly QuestionEntry[]> {
    let cursor: string | undefined;
    for (let page = 1; page <= QUESTION_ENTRY_PAGES_MAX; page++) {
      const read = await this.page(tenantId, { limit: QUESTION_ENTRIES_PAGE, cursor });
      yield read.items.flatMap((item) => this.read(tenantId, item) ?? []);
      if (read.cursor === undefined) return;
      cursor = read.cursor;
    }
    throw new QuestionEntriesEndless();
  }

  read(tenantId: TenantId, item: Item): QuestionEntry | undefined {
    const { questionId, expiresAtEpochMs } = item;
    if (typeof questionId === "string" && isQuestionId(questionId) && typeof expiresAtEpochMs === "number")
      return { questionId, expiresAtEpochMs };
    this.#report(new QuestionEntryCorrupt(tenantId, item.sk));
    return undefined;
  }
}
