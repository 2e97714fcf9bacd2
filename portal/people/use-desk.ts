import { useEffect, useState } from "preact/hooks";
import type { Desk } from "./desk.ts";
import type { DeskState } from "./desk-state.ts";

/** What the desk shows, as it changes. */
export function useDesk(desk: Desk): DeskState {
  const [state, setState] = useState(desk.state);
  useEffect(() => {
    setState(desk.state);
    return desk.listen(() => setState(desk.state));
  }, [desk]);
  return state;
}

/** The time, told anew so often. */
export function useNow(everyMs: number): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}
