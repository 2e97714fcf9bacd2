import type { Result } from "../result.ts";
import { GROUP_CHARACTERS_MAX, GROUP_MESSAGES_MAX } from "./limits.ts";
import type { ChannelMessage } from "./message.ts";
import { draftText, type MessageDraft } from "./message-group.ts";

/** A draft with the text in which it is stored. */
export interface WrittenDraft {
  readonly draft: MessageDraft;
  readonly text: string;
}

/** Stores drafts together and answers with their messages, in their order. */
export type StoreGroup<Problem> = (
  group: readonly WrittenDraft[],
) => Promise<Result<readonly ChannelMessage[], Problem>>;

interface Waiting<Problem> extends WrittenDraft {
  readonly stored: (outcome: Result<ChannelMessage, Problem>) => void;
  readonly failed: (fault: unknown) => void;
}

/**
 * What a process appends to one log: one group is on its way to the store, and what comes meanwhile makes up the next, in
 * the order in which it came. So a process that is asked a lot writes no more often than the store answers.
 */
export class AppendQueue<Problem> {
  readonly #store: StoreGroup<Problem>;
  readonly #waiting: Waiting<Problem>[] = [];
  #waitingCharacters = 0;
  #isAtWork = false;

  constructor(store: StoreGroup<Problem>) {
    this.#store = store;
  }

  get waitingCharacters(): number {
    return this.#waitingCharacters;
  }

  get isIdle(): boolean {
    return !this.#isAtWork;
  }

  /** In the order of the drafts, which others may come between only where they don't fit into one group. */
  add(drafts: readonly MessageDraft[]): Promise<readonly Result<ChannelMessage, Problem>[]> {
    const outcomes = drafts.map(
      (draft) =>
        new Promise<Result<ChannelMessage, Problem>>((stored, failed) => {
          const text = draftText(draft);
          this.#waitingCharacters += text.length;
          this.#waiting.push({ draft, text, stored, failed });
        }),
    );
    if (!this.#isAtWork) void this.#work();
    return Promise.all(outcomes);
  }

  async #work(): Promise<void> {
    this.#isAtWork = true;
    while (this.#waiting.length > 0) await this.#storeGroup(this.#takeGroup());
    this.#isAtWork = false;
  }

  #takeGroup(): readonly Waiting<Problem>[] {
    let characters = 0;
    const tooMany = this.#waiting.findIndex(({ text }, index) => {
      characters += text.length;
      return index > 0 && (index === GROUP_MESSAGES_MAX || characters > GROUP_CHARACTERS_MAX);
    });
    const group = this.#waiting.splice(0, tooMany < 0 ? this.#waiting.length : tooMany);
    for (const { text } of group) this.#waitingCharacters -= text.length;
    return group;
  }

  async #storeGroup(group: readonly Waiting<Problem>[]): Promise<void> {
    try {
      const outcome = await this.#store(group);
      for (const [index, { stored, failed }] of group.entries()) {
        if (!outcome.ok) stored(outcome);
        else {
          const value = outcome.value[index];
          if (value === undefined) failed(new GroupUnanswered());
          else stored({ ok: true, value });
        }
      }
    } catch (fault) {
      for (const { failed } of group) failed(fault);
    }
  }
}

/** A group was stored as fewer messages than it has: a fault of ours. */
export class GroupUnanswered extends Error {
  readonly code = "message_group_unanswered";
  constructor() {
    super("a message was stored with its group and not answered for");
    this.name = "GroupUnanswered";
  }
}
