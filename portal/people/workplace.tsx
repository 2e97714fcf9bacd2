import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { openQuestions } from "../../client/people/question-board.ts";
import type { Welcome } from "../../client/people/wire.ts";
import { ConnectionBanner } from "./connection-banner.tsx";
import type { Desk } from "./desk.ts";
import type { DeskState } from "./desk-state.ts";
import { HelpDialog } from "./help-dialog.tsx";
import { MessagesView } from "./messages-view.tsx";
import { NoticeSwitch } from "./notice-switch.tsx";
import type { Place } from "./place.ts";
import { PresenceView } from "./presence-view.tsx";
import { QuestionsView } from "./questions-view.tsx";
import { useNow } from "./use-desk.ts";
import { isDialogOpen, isPlainKey, useKeys } from "./use-keys.ts";
import { usePlace } from "./use-place.ts";

type View = Place["view"];
const SECOND_MS = 1_000;

const VIEWS: readonly { readonly view: View; readonly title: string; readonly key: string }[] = [
  { view: "questions", title: "Questions", key: "q" },
  { view: "messages", title: "Messages", key: "m" },
  { view: "people", title: "People", key: "p" },
];

export interface WorkplaceProps {
  readonly desk: Desk;
  readonly state: DeskState;
  readonly welcome: Welcome;
  readonly onSignOut: () => void;
}

export function Workplace({ desk, state, welcome, onSignOut }: WorkplaceProps) {
  const [place, go] = usePlace();
  const { view } = place;
  const main = useRef<HTMLElement>(null);
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
  const show = (next: View): void => {
    if (next !== view) go({ view: next }, true);
  };
  const chooseQuestion = useCallback(
    (questionId: string | undefined, isStep: boolean) =>
      go({ view: "questions", ...(questionId !== undefined && { questionId }) }, isStep),
    [go],
  );
  useKeys((event) => {
    if (!isPlainKey(event)) return;
    const chosen = VIEWS.find(({ key }) => key === event.key);
    if (chosen !== undefined) show(chosen.view);
    if (event.key === "?") setHelp(true);
  });
  useKeys((event) => {
    if (event.key !== "Escape" || view === "questions" || isDialogOpen()) return;
    event.preventDefault();
    (main.current?.querySelector<HTMLElement>("[aria-current]") ?? main.current)?.focus();
  });
  return (
    <div class="workplace">
      {/* No link: the address says what is shown. */}
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
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
              onClick={() => show(each)}
            >
              {`${title} `}
              {counts[each] > 0 && <span class={`count ${each === "people" ? "" : "strong"}`}>{counts[each]}</span>}
            </button>
          ))}
        </nav>
        <Who state={state} welcome={welcome} onHelp={() => setHelp(true)} onSignOut={onSignOut} />
      </header>
      <ConnectionBanner desk={desk} state={state} nowMs={nowMs} />
      <main id="main" tabIndex={-1} ref={main}>
        {place.view === "questions" && (
          <QuestionsView
            desk={desk}
            state={state}
            welcome={welcome}
            nowMs={nowMs}
            chosenId={place.questionId}
            onChoose={chooseQuestion}
          />
        )}
        {place.view === "messages" && (
          <MessagesView
            desk={desk}
            state={state}
            welcome={welcome}
            chosen={place.channel}
            onChoose={(channel) => go({ view: "messages", channel }, true)}
          />
        )}
        {view === "people" && <PresenceView presence={state.presence} welcome={welcome} nowMs={nowMs} />}
      </main>
      <p class="unseen" role="status" aria-live="polite">
        {state.announcement}
      </p>
      {isHelp && <HelpDialog onClose={() => setHelp(false)} />}
    </div>
  );
}

function Who({ state, welcome, onHelp, onSignOut }: Omit<WorkplaceProps, "desk"> & { readonly onHelp: () => void }) {
  return (
    <div class="who">
      <span class={`dot ${state.status.state}`} aria-hidden="true" />
      <span class="subject" title={`${welcome.role} of ${welcome.tenant}`}>
        {welcome.subject} <span class="muted">{welcome.role}</span>
      </span>
      <NoticeSwitch />
      <button type="button" class="quiet icon keys-only" aria-label="Keyboard shortcuts" onClick={onHelp}>
        ?
      </button>
      <button type="button" class="quiet" onClick={onSignOut}>
        Sign out
      </button>
    </div>
  );
}
