import type { Unsent } from "../../client/people/parts.ts";
import type { Draft } from "./draft.ts";

/**
 * What the tab keeps over a reload, and loses when it is closed: `sessionStorage` is of this tab alone. Where a browser
 * gives none, nothing is kept, and the page works all the same.
 */
export interface Kept {
  readonly token?: string;
  /** Whether somebody has switched notices on. */
  readonly isNotified?: boolean;
  /** Whose all that follows is: somebody else may sign in on the same tab. */
  readonly owner?: string;
  readonly unsent?: readonly Unsent[];
  readonly drafts?: Readonly<Record<string, Draft>>;
  readonly channels?: readonly string[];
}

const NAME = "skein-people";

export function kept(): Kept {
  try {
    const read: unknown = JSON.parse(sessionStorage.getItem(NAME) ?? "{}");
    return isKept(read) ? read : {};
  } catch {
    return {};
  }
}

export function keep(change: Kept): void {
  try {
    sessionStorage.setItem(NAME, JSON.stringify({ ...kept(), ...change }));
  } catch {
    // Full, or forbidden: it is lost with a reload, as the page says.
  }
}

export function forget(): void {
  try {
    sessionStorage.removeItem(NAME);
  } catch {
    // Then there is nothing.
  }
}

/** Written by this page alone: a program of the same origin could as well write anything on it. */
const isKept = (raw: unknown): raw is Kept => typeof raw === "object" && raw !== null;
