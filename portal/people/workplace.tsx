import { useEffect, useState } from "preact/hooks";
import { openQuestions } from "../../client/people/question-board.ts";
import type { Welcome } from "../../client/people/wire.ts";
import { ConnectionBanner } from "./connection-banner.tsx";
import type { Desk } from "./desk.ts";
import type { DeskState } from "./desk-state.ts";
import { HelpDialog } from "./help-dialog.tsx";
import { MessagesView } from "./messages-view.tsx";
import { PresenceView } from "./presence-view.tsx";
import { QuestionsView } from "./questions-view.tsx";
import { useNow } from "./use-desk.ts";
import { isPlainKey, useKeys } from "./use-keys.ts";

type View = "questions" | "messages" | "people";
const SECOND_MS = 1_000;

const VIEWS: readonly { readonly view: View; readonly title: string; readonly key: string }[] = [
  { view: "questions", title: "Questions", key: "q" },
  { view: "messages", title: "Messages", key: "m" },
  { view: "people", title: "People", key: "p" },
];

export function Workplace({
  desk,
  state,
  welcome,
  onSignOut,
}: {
  readonly desk: Desk;
  readonly state: DeskState;
  readonly welcome: Welcome;
  readonly onSignOut: () => void;
}) {
  const [view, setView] = useState<View>("questions");
  const [isHelp, setHelp] = useState(false);
  const nowMs = useNow(SECOND_MS);
  const openCount = openQuestions(state.board, nowMs).length;
  const unread = [...state.unread.values()].reduce((sum, count) => sum + count, 0);
  const counts: Readonly<Record<View, number>> = {
    questions: openCount,
    messages: unread,
    people: state.presence?.members.length ?? 0,
  };
  useEffect(() => {
    const title = VIEWS.find((each) => each.view === view)?.title ?? "";
    document.title = `${openCount > 0 ? `(${openCount}) ` : ""}${title} – Skein`;
  }, [openCount, view]);
  useKeys((event) => {
    if (!isPlainKey(event)) return;
    const chosen = VIEWS.find(({ key }) => key === event.key);
    if (chosen !== undefined) setView(chosen.view);
    if (event.key === "?") setHelp(true);
  });
  return (
    <div class="workplace">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header>
        <span class="brand">Skein</span>
        <nav aria-label="Views">
          {VIEWS.map(({ view: each, title, key }) => (
            <button
              key={each}
              type="button"
              class="tab"
              aria-current={each === view ? "page" : undefined}
              aria-keyshortcuts={key}
              onClick={() => setView(each)}
            >
              {`${title} `}
              {counts[each] > 0 && <span class={`count ${each === "people" ? "" : "strong"}`}>{counts[each]}</span>}
            </button>
          ))}
        </nav>
        <div class="who">
          <span class={`dot ${state.status.state}`} aria-hidden="true" />
          <span class="subject" title={`${welcome.role} of ${welcome.tenant}`}>
            {welcome.subject} <span class="muted">{welcome.role}</span>
          </span>
          <button
            type="button"
            class="quiet icon keys-only"
            aria-label="Keyboard shortcuts"
            onClick={() => setHelp(true)}
          >
            ?
          </button>
          <button type="button" class="quiet" onClick={onSignOut}>
            Sign out
          </button>
        </div>
      </header>
      <ConnectionBanner desk={desk} state={state} nowMs={nowMs} />
      <main id="main" tabIndex={-1}>
        {view === "questions" && <QuestionsView desk={desk} state={state} welcome={welcome} nowMs={nowMs} />}
        {view === "messages" && <MessagesView desk={desk} state={state} welcome={welcome} nowMs={nowMs} />}
        {view === "people" && <PresenceView presence={state.presence} welcome={welcome} nowMs={nowMs} />}
      </main>
      <p class="unseen" role="status" aria-live="polite">
        {state.announcement}
      </p>
      {isHelp && <HelpDialog onClose={() => setHelp(false)} />}
    </div>
  );
}
