import { browserParts, wakeWithPage } from "../../client/people/browser-parts.ts";
import { PeopleClient } from "../../client/people/people-client.ts";
import type { Json, Welcome } from "../../client/people/wire.ts";
import { shownChannels } from "./channel-words.ts";
import { afterEvent, afterHistory, afterRead, type DeskState, EMPTY_DESK, isNews } from "./desk-state.ts";
import type { Draft } from "./draft.ts";
import { forget, keep, kept } from "./keepsake.ts";
import { notice } from "./question-notices.ts";
import { QuestionReader } from "./question-reader.ts";

/** How often it is asked who is there, while somebody looks. */
const PRESENCE_INTERVAL_MS = 10_000;
const HISTORY_LIMIT = 50;

/** What the page does and shows: one client, and all that it has told. */
export class Desk {
  readonly #client: PeopleClient;
  readonly #reader: QuestionReader;
  readonly #listeners = new Set<() => void>();
  readonly #ends: (() => void)[] = [];
  #state: DeskState = EMPTY_DESK;
  #drafts: Readonly<Record<string, Draft>> = {};
  #isOwned = false;
  /** The channel whose messages somebody looks at. */
  #shown: string | undefined;

  constructor(url: string, token: string | undefined) {
    const credential = token === undefined ? undefined : async () => ({ token });
    this.#client = new PeopleClient(browserParts(url, credential));
    this.#reader = new QuestionReader(token);
    this.#client.listen((event) => {
      // Until it is known who is there, what is kept stays as it is.
      if (event.kind === "unsent" && this.#isOwned) keep({ unsent: event.unsent });
      if (event.kind === "rejected" && event.code === "too_large" && event.unsent.kind === "answer") {
        void this.#answerAtLength(event.unsent);
        return;
      }
      if (event.kind === "asked" && isNews(this.#state, event.question)) notice(event.question);
      this.#set(afterEvent(this.#state, event, this.#shown));
      if (event.kind === "status" && event.status.state === "connected") this.#connected(event.status.welcome);
      if (event.kind === "joined") void this.readHistory(event.channel);
      if (event.kind === "message" && event.message.channel === this.#shown) this.#markRead();
    });
  }

  get state(): DeskState {
    return this.#state;
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(): void {
    const look = (): void => {
      if (document.visibilityState !== "visible") return;
      this.#client.wake();
      this.#markRead();
      void this.#readPresence();
    };
    document.addEventListener("visibilitychange", look);
    const presence = setInterval(() => {
      if (document.visibilityState === "visible") void this.#readPresence();
    }, PRESENCE_INTERVAL_MS);
    this.#ends.push(wakeWithPage(this.#client, window), () => clearInterval(presence));
    this.#ends.push(() => document.removeEventListener("visibilitychange", look));
    this.#client.start();
  }

  /** What was not sent, and what was begun, stays in the tab. */
  close(): void {
    for (const end of this.#ends.splice(0)) end();
    this.#client.stop();
  }

  signOut(): void {
    this.close();
    forget();
  }

  tryNow(): void {
    this.#client.wake();
  }

  answer(requestId: string, answer: Json): void {
    const outcomes = new Map(this.#state.outcomes);
    outcomes.delete(requestId);
    this.#set({ ...this.#state, outcomes, answers: new Map(this.#state.answers).set(requestId, answer) });
    this.#client.answer(requestId, answer);
  }

  draftOf(requestId: string): Draft {
    return this.#drafts[requestId] ?? {};
  }

  keepDraft(requestId: string, draft: Draft): void {
    this.#drafts = { ...this.#drafts, [requestId]: draft };
    keep({ drafts: this.#drafts });
  }

  publish(to: string, body: Json): void {
    const waiting = { to, body, atEpochMs: Date.now(), state: "waiting" } as const;
    const ref = this.#client.publish(to, body);
    const isRejected = this.#client.unsent.every((each) => each.kind !== "message" || each.id !== ref);
    const why = { state: "rejected", why: "It is too long." } as const;
    this.#set({ ...this.#state, sent: [...this.#state.sent, { ref, ...waiting, ...(isRejected && why) }] });
  }

  join(channel: string): void {
    this.#keepChannels([...this.#joined(), channel]);
    this.#client.join(channel);
  }

  leave(channel: string): void {
    this.#keepChannels(this.#joined().filter((other) => other !== channel));
    this.#client.leave(channel);
  }

  /** Somebody looks at a channel now, or at none. */
  look(channel: string | undefined): void {
    this.#shown = channel;
    if (channel === undefined) return;
    const unread = new Map(this.#state.unread);
    if (unread.delete(channel)) this.#set({ ...this.#state, unread });
    this.#markRead();
  }

  /** The newest, or those before what is shown. */
  async readHistory(channel: string, before?: number): Promise<void> {
    const asked = { channel, limit: HISTORY_LIMIT, ...(before !== undefined && { before }) };
    const page = await this.#client.history(asked);
    if (page.ok) this.#set(afterHistory(this.#state, page.value));
    this.#markRead();
  }

  /** One that no connection has told of, or not all of it. */
  async readQuestion(requestId: string): Promise<void> {
    const { welcome } = this.#state;
    if (welcome === undefined) return;
    const read = await this.#reader.one(requestId, welcome);
    if (typeof read === "object") this.#set(afterRead(this.#state, [read]));
    else this.#set({ ...this.#state, unfound: new Map(this.#state.unfound).set(requestId, read ?? "absent") });
  }

  /** A page more of what was asked before. */
  async readEarlier(): Promise<void> {
    const { earlier, welcome } = this.#state;
    if (earlier.state !== "begun" || welcome === undefined) return;
    this.#set({ ...this.#state, earlier: { state: "reading" } });
    const read = await this.#reader.page({ which: "all", cursor: earlier.cursor }, welcome);
    if (read === undefined) return this.#set({ ...this.#state, earlier });
    const { questions, cursor } = read;
    const next = cursor === undefined ? ({ state: "all" } as const) : ({ state: "begun", cursor } as const);
    this.#set({ ...afterRead(this.#state, questions), earlier: next });
  }

  async #answerAtLength({ requestId, answer }: { readonly requestId: string; readonly answer: Json }): Promise<void> {
    const outcome = await this.#reader.answer(requestId, answer);
    this.#set(afterEvent(this.#state, { kind: "answered", outcome }, this.#shown));
  }

  #joined(): readonly string[] {
    return kept().channels ?? [];
  }

  #keepChannels(channels: readonly string[]): void {
    keep({ channels: [...new Set(channels)] });
  }

  #connected(welcome: Welcome): void {
    if (!this.#isOwned) {
      this.#takeUp(`${welcome.subject} of ${welcome.tenant}`);
      // A connection begins with a part of very many, and goes on with all that are asked from then on.
      void this.#reader.open(welcome, (questions) => this.#set(afterRead(this.#state, questions)));
    }
    this.#catchUp();
  }

  /** What the tab has kept of whoever is there; what it has of anybody else is theirs, and goes. */
  #takeUp(owner: string): void {
    const { owner: before, unsent = [], drafts = {}, channels = [] } = kept();
    this.#isOwned = true;
    if (before !== owner) {
      keep({ owner, unsent: [], drafts: {}, channels: [] });
      return;
    }
    this.#drafts = drafts;
    const answers = unsent.flatMap((each) => (each.kind === "answer" ? [[each.requestId, each.answer] as const] : []));
    this.#set({ ...this.#state, answers: new Map([...answers, ...this.#state.answers]) });
    this.#client.adopt(unsent);
    for (const channel of channels) this.#client.join(channel);
  }

  #catchUp(): void {
    void this.#readPresence();
    const { welcome, logs } = this.#state;
    for (const channel of shownChannels(welcome?.channels.keys() ?? [])) {
      if (logs.get(channel)?.isRead !== true) void this.readHistory(channel);
    }
  }

  async #readPresence(): Promise<void> {
    if (this.#state.status.state !== "connected") return;
    const presence = await this.#client.presence();
    if (presence.ok) this.#set({ ...this.#state, presence: presence.value });
  }

  #markRead(): void {
    if (this.#shown === undefined || document.visibilityState !== "visible") return;
    const last = this.#state.logs.get(this.#shown)?.messages.at(-1);
    if (last !== undefined) this.#client.read(last);
  }

  #set(state: DeskState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Whether somebody may write there: a role that only reads may not. */
export const mayWrite = (role: string): boolean => role !== "viewer";
