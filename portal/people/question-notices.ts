import type { AskedQuestion } from "../../client/people/wire.ts";
import { keep, kept } from "./keepsake.ts";
import { placeHash } from "./place.ts";
import { beginningOf } from "./question-words.ts";

/** Whether somebody who looks elsewhere is told of new questions; `impossible` where the browser can't, or may not. */
export type NoticeState = "impossible" | "off" | "on";

export function noticeState(): NoticeState {
  if (typeof Notification === "undefined" || Notification.permission === "denied") return "impossible";
  return Notification.permission === "granted" && kept().isNotified === true ? "on" : "off";
}

/** By a click alone: nobody is asked for leave before. */
export async function switchNotices(): Promise<void> {
  const isOn = noticeState() === "on";
  keep({ isNotified: !isOn });
  if (!isOn) await Notification.requestPermission();
}

/** Without a sound, and only the last one stays: there may be many. Not while somebody looks. */
export function notice({ requestId, question, askedBy }: AskedQuestion): void {
  if (noticeState() !== "on" || (document.visibilityState === "visible" && document.hasFocus())) return;
  try {
    const shown = new Notification(`${askedBy} asks`, { body: beginningOf(question), tag: "skein", silent: true });
    shown.onclick = () => {
      window.focus();
      location.hash = placeHash({ view: "questions", questionId: requestId });
      shown.close();
    };
  } catch {
    // Phones have none for pages without a worker.
  }
}
