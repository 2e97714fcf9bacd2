import { nowEpochSeconds } from "../../core/ports/clock.ts";
import type { Condition, Item, Json } from "../../core/ports/table.ts";
import { mcpCallKey, mcpCancelKey } from "../../core/store/keys.ts";
import type { Principal } from "../../core/tenant/principal.ts";
import type { CallState, MrtrMethod } from "../call/call-state.ts";
import { isMrtrMethod } from "../call/call-state.ts";
import { CALL_LEASE_MS, PARKED_CALL_TTL_SECONDS } from "../limits.ts";
import type { McpServer } from "../mcp-server.ts";
import { isRecord, isRequestId, type Params, type RequestId } from "../protocol/json-rpc.ts";
import type { InputMethod } from "../toolkit/question.ts";
import { readText, storeText } from "./stored-text.ts";

/** A question that was sent to the client and the number of the event that carried it. */
export interface SentQuestion {
  readonly key: string;
  readonly seq: number;
  readonly method: InputMethod;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** A client's answer to a question: its result, or its refusal. */
export type Answer = { readonly result: unknown } | { readonly error: string };

/** A legacy call as it is stored, so that any process can go on with it. */
export interface ParkedCall {
  readonly callId: string;
  readonly request: { readonly id: RequestId; readonly method: MrtrMethod; readonly params: Params };
  readonly state: "running" | "waiting" | "done";
  /** Rises with each process that takes the call over; what an earlier one still writes is refused. */
  readonly term: number;
  readonly leaseUntilEpochMs: number;
  readonly startedAtEpochMs: number;
  readonly callState: CallState;
  /** Of the round that the call waits for. */
  readonly questions: readonly SentQuestion[];
  readonly answers: ReadonlyMap<number, Answer>;
  /** The number of the last event. */
  readonly seq: number;
  /** The reply, once done; undefined of a cancelled call. */
  readonly reply: string | undefined;
}

/**
 * The legacy calls of one session, each an item. All writes are conditional on the term, so of two processes that both
 * think they run a call only one writes its reply.
 */
export class ParkedCalls {
  readonly #server: McpServer;
  readonly #principal: Principal;
  readonly #sessionId: string;
  /** A request never changes, may be large, and is wanted at each look at its call. */
  readonly #requests = new Map<string, ParkedCall["request"]>();

  constructor(server: McpServer, principal: Principal, sessionId: string) {
    this.#server = server;
    this.#principal = principal;
    this.#sessionId = sessionId;
  }

  /**
   * Stores a call that this process runs, under term 1.
   *
   * @param startedAtEpochMs when the request came: it may have run, and have been cancelled, before it is stored.
   */
  async open(
    callId: string,
    { request, startedAtEpochMs }: Pick<ParkedCall, "request" | "startedAtEpochMs">,
  ): Promise<ParkedCall> {
    const nowMs = this.#server.clock.nowMs();
    const callState: CallState = { callId, answers: {}, round: 0, returned: false, progress: undefined };
    await this.#server.table.put({
      ...this.#key(callId),
      request: await this.#text(`${callId}.request`, JSON.stringify(request)),
      callState: await this.#text(`${callId}.state`, JSON.stringify(callState)),
      state: "running",
      term: 1,
      leaseUntilEpochMs: nowMs + CALL_LEASE_MS,
      startedAtEpochMs,
      questions: { text: "[]" },
      seq: 0,
      expiresAtEpochSeconds: this.#expiry(),
    });
    return {
      callId,
      request,
      state: "running",
      term: 1,
      leaseUntilEpochMs: nowMs + CALL_LEASE_MS,
      startedAtEpochMs,
      callState,
      questions: [],
      answers: new Map(),
      seq: 0,
      reply: undefined,
    };
  }

  async find(callId: string): Promise<ParkedCall | undefined> {
    const item = await this.#server.table.get(this.#key(callId));
    return item === undefined ? undefined : this.#parse(callId, item);
  }

  /** Makes this process the one that goes on with the call, where nobody's lease is running. */
  async takeOver({ callId, term }: ParkedCall): Promise<ParkedCall | undefined> {
    const free: Condition = { if: "below", attribute: "leaseUntilEpochMs", value: this.#server.clock.nowMs() };
    return this.#write(callId, { all: [theirs(term), notDone, free] }, { term: term + 1, ...this.#lease() });
  }

  /** False when the call was taken over meanwhile. */
  async renew({ callId, term }: ParkedCall): Promise<boolean> {
    return (await this.#write(callId, { all: [theirs(term), notDone] }, this.#lease())) !== undefined;
  }

  /** Gives the call up, so that whoever comes next need not wait for the lease to end, and says how it was left. */
  async release({ callId, term }: ParkedCall): Promise<ParkedCall | undefined> {
    return this.#write(callId, { all: [theirs(term), notDone] }, { leaseUntilEpochMs: 0 });
  }

  /** From running to waiting for the next round's answers; those of the round before are in the state. */
  async wait(
    { callId, term, questions: before }: ParkedCall,
    asked: { readonly questions: readonly SentQuestion[]; readonly callState: CallState; readonly seq: number },
  ): Promise<ParkedCall | undefined> {
    const set = {
      state: "waiting",
      questions: await this.#text(`${callId}.questions`, JSON.stringify(asked.questions)),
      callState: await this.#text(`${callId}.state`, JSON.stringify(asked.callState)),
      seq: asked.seq,
      expiresAtEpochSeconds: this.#expiry(),
      ...this.#lease(),
      ...Object.fromEntries(asked.questions.map(({ seq }) => [answerName(seq), UNANSWERED])),
    };
    return this.#write(
      callId,
      { all: [theirs(term), running] },
      set,
      before.map(({ seq }) => answerName(seq)),
    );
  }

  /** Stores an answer once. Undefined when the question is not open. */
  async answer(callId: string, seq: number, answer: Answer): Promise<ParkedCall | undefined> {
    const name = answerName(seq);
    return this.#write(
      callId,
      { all: [waiting, { if: "equals", attribute: name, value: UNANSWERED }] },
      { [name]: await this.#text(`${callId}.answer`, JSON.stringify(answer)) },
    );
  }

  /** From waiting to running with the answers, under this process's own term. */
  async goOn({ callId, term }: ParkedCall): Promise<ParkedCall | undefined> {
    return this.#write(callId, { all: [theirs(term), waiting] }, { state: "running", ...this.#lease() });
  }

  /** Stores the reply; undefined says that the client cancelled and wants none. False when it is not ours to store. */
  async finish({ callId, term }: ParkedCall, seq: number, reply: string | undefined): Promise<boolean> {
    const stored = reply === undefined ? {} : { reply: await this.#text(`${callId}.reply`, reply) };
    const done = { state: "done", seq, expiresAtEpochSeconds: this.#expiry(), ...stored };
    return (await this.#write(callId, { all: [theirs(term), notDone] }, done)) !== undefined;
  }

  /** Remembers that the client cancelled the request, wherever it is run. */
  async cancel(requestId: RequestId): Promise<void> {
    await this.#server.table.put({
      ...this.#cancelKey(requestId),
      cancelledAtEpochMs: this.#server.clock.nowMs(),
      expiresAtEpochSeconds: this.#expiry(),
    });
  }

  /** A client may use an id again: what it cancelled before this call started was another. */
  async isCancelled({ request, startedAtEpochMs }: Pick<ParkedCall, "request" | "startedAtEpochMs">): Promise<boolean> {
    const cancelledAtEpochMs = (await this.#server.table.get(this.#cancelKey(request.id)))?.cancelledAtEpochMs;
    return typeof cancelledAtEpochMs === "number" && cancelledAtEpochMs >= startedAtEpochMs;
  }

  async #write(
    callId: string,
    condition: { readonly all: readonly Condition[] },
    set: Readonly<Record<string, Json>>,
    remove: readonly string[] = [],
  ): Promise<ParkedCall | undefined> {
    const change = { set, remove };
    const written = await this.#server.table.update(this.#key(callId), change, { if: "all", of: condition.all });
    return written.ok ? this.#parse(callId, written.value) : undefined;
  }

  async #parse(callId: string, item: Item): Promise<ParkedCall | undefined> {
    const { state, term, leaseUntilEpochMs, startedAtEpochMs, seq } = item;
    const request = this.#requests.get(callId) ?? parseJson(await readText(this.#server, item.request));
    const callState = parseJson(await readText(this.#server, item.callState));
    const questions = parseJson(await readText(this.#server, item.questions));
    if (state !== "running" && state !== "waiting" && state !== "done") return undefined;
    if (typeof term !== "number" || typeof leaseUntilEpochMs !== "number") return undefined;
    if (typeof startedAtEpochMs !== "number" || typeof seq !== "number") return undefined;
    if (!isStoredRequest(request) || !isCallState(callState) || !isQuestions(questions)) return undefined;
    this.#requests.set(callId, request);
    const reply = await readText(this.#server, item.reply);
    const answers = await this.#answers(item, questions);
    return {
      callId,
      request,
      state,
      term,
      leaseUntilEpochMs,
      startedAtEpochMs,
      callState,
      questions,
      answers,
      seq,
      reply,
    };
  }

  async #answers(item: Item, questions: readonly SentQuestion[]): Promise<ReadonlyMap<number, Answer>> {
    const answers = new Map<number, Answer>();
    for (const { seq } of questions) {
      const answer = parseJson(await readText(this.#server, item[answerName(seq)]));
      if (isAnswer(answer)) answers.set(seq, answer);
    }
    return answers;
  }

  #key(callId: string) {
    return mcpCallKey(this.#principal.tenantId, this.#sessionId, callId);
  }

  /** `1` and `"1"` are two ids; the digest of either fits into a key. */
  #cancelKey(requestId: RequestId) {
    const digest = this.#server.seal.digest(JSON.stringify(requestId));
    return mcpCancelKey(this.#principal.tenantId, this.#sessionId, digest);
  }

  #text(name: string, text: string): Promise<Json> {
    return storeText(this.#server, this.#principal.tenantId, `${this.#sessionId}/${name}`, text);
  }

  #lease() {
    return { leaseUntilEpochMs: this.#server.clock.nowMs() + CALL_LEASE_MS };
  }

  #expiry(): number {
    return nowEpochSeconds(this.#server.clock) + PARKED_CALL_TTL_SECONDS;
  }
}

const waiting: Condition = { if: "equals", attribute: "state", value: "waiting" };
const running: Condition = { if: "equals", attribute: "state", value: "running" };
const notDone: Condition = { if: "any", of: [waiting, running] };
const theirs = (term: number): Condition => ({ if: "equals", attribute: "term", value: term });
/** Stands in the place of each answer that is still wanted. */
const UNANSWERED = "";
const answerName = (seq: number): string => `answer${seq}`;

function parseJson(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

function isStoredRequest(raw: unknown): raw is ParkedCall["request"] {
  return (
    isRecord(raw) &&
    isRequestId(raw.id) &&
    typeof raw.method === "string" &&
    isMrtrMethod(raw.method) &&
    isRecord(raw.params)
  );
}

function isCallState(raw: unknown): raw is CallState {
  return (
    isRecord(raw) &&
    typeof raw.callId === "string" &&
    isRecord(raw.answers) &&
    typeof raw.round === "number" &&
    typeof raw.returned === "boolean" &&
    (raw.progress === undefined || typeof raw.progress === "number")
  );
}

function isQuestions(raw: unknown): raw is readonly SentQuestion[] {
  return (
    Array.isArray(raw) &&
    raw.every((entry) => isRecord(entry) && typeof entry.key === "string" && typeof entry.seq === "number")
  );
}

function isAnswer(raw: unknown): raw is Answer {
  return isRecord(raw) && ("result" in raw || typeof raw.error === "string");
}
