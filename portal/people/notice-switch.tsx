import { useState } from "preact/hooks";
import { noticeState, switchNotices } from "./question-notices.ts";

/** Switches on, and off, that the browser tells of new questions. */
export function NoticeSwitch() {
  const [state, setState] = useState(noticeState);
  if (state === "impossible") return null;
  return (
    <button
      type="button"
      class="quiet icon"
      title="Notify me of new questions"
      aria-pressed={state === "on"}
      onClick={async () => {
        await switchNotices();
        setState(noticeState());
      }}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M3 12h10l-1-2V7a4 4 0 0 0-8 0v3zm4 1.5h2" />
      </svg>
    </button>
  );
}
