import type { BoardQuestion } from "../../client/people/question-board.ts";
import type { AnswerOutcome, Json } from "../../client/people/wire.ts";
import { parseQuestionPage, parseShownQuestion, type ShownQuestion } from "./parse-shown-question.ts";

/** As the server has it (`layers/core/question/limits.ts`). */
const PAGE_LIMIT = 100;
/** A tenant has no more than a thousand that are open. */
const OPEN_PAGES_MAX = 10;
const CALL_TIMEOUT_MS = 20_000;

/** Who reads: questions that they have asked others are listed too, and not told. */
export interface Reader {
  readonly subject: string;
  readonly role: string;
}

export interface QuestionsRead {
  readonly questions: readonly BoardQuestion[];
  /** For those before; left out where there are none. */
  readonly cursor?: string;
}

/** Questions by HTTP, as far as connections can't carry them: very many, those of long ago, long answers. */
export class QuestionReader {
  readonly #headers: Readonly<Record<string, string>>;

  constructor(token: string | undefined) {
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /** @returns undefined where there is none for this reader; `unread` where nobody can tell now. */
  async one(requestId: string, reader: Reader): Promise<BoardQuestion | "unread" | undefined> {
    const told = await this.#read(`api/questions/${encodeURIComponent(requestId)}`);
    if (told === "absent") return undefined;
    const shown = told === "unread" ? undefined : parseShownQuestion(told.json);
    if (shown === undefined) return "unread";
    return isFor(shown, reader) ? shown.question : undefined;
  }

  /** All that are open, page by page, as long as they can be read. */
  async open(reader: Reader, told: (questions: readonly BoardQuestion[]) => void): Promise<void> {
    let cursor: string | undefined;
    for (let page = 1; page <= OPEN_PAGES_MAX; page++) {
      const read = await this.page({ which: "open", cursor }, reader);
      told(read?.questions ?? []);
      cursor = read?.cursor;
      if (cursor === undefined) return;
    }
  }

  /** The newest first where all are asked for. @returns undefined where they can't be read now. */
  async page(
    { which, cursor }: { readonly which: "open" | "all"; readonly cursor: string | undefined },
    reader: Reader,
  ): Promise<QuestionsRead | undefined> {
    const query = new URLSearchParams({ which, limit: String(PAGE_LIMIT), ...(cursor !== undefined && { cursor }) });
    const told = await this.#read(`api/questions?${query}`);
    const page = typeof told === "string" ? undefined : parseQuestionPage(told.json);
    if (page === undefined) return undefined;
    const questions = page.questions.filter((shown) => isFor(shown, reader)).map(({ question }) => question);
    return { questions, ...(page.cursor !== undefined && { cursor: page.cursor }) };
  }

  /** For an answer that no frame holds. It is sent once: what was not taken is still in its field. */
  async answer(requestId: string, answer: Json): Promise<AnswerOutcome> {
    try {
      const body = JSON.stringify({ answer });
      const { ok, status } = await this.#call(`api/questions/${requestId}/answer`, { method: "POST", body });
      return { requestId, status: ok ? "answered" : status === 409 ? "closed" : "invalid" };
    } catch {
      return { requestId, status: "invalid" };
    }
  }

  #call(path: string, init?: RequestInit): Promise<Response> {
    const headers = { ...this.#headers, "content-type": "application/json" };
    const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
    return fetch(new URL(path, document.baseURI), { ...init, headers, signal });
  }

  async #read(path: string): Promise<{ readonly json: unknown } | "absent" | "unread"> {
    try {
      const reply = await this.#call(path);
      if (reply.status === 404) return "absent";
      return reply.ok ? { json: await reply.json() } : "unread";
    } catch {
      // No network, no time, no JSON: it may be another time.
      return "unread";
    }
  }
}

const isFor = ({ to }: ShownQuestion, { subject, role }: Reader): boolean =>
  ["everyone", `role:${role}`, `member:${subject}`].includes(to);
