import type { Desk } from "./desk.ts";
import type { DeskState } from "./desk-state.ts";

const SECOND_MS = 1_000;

/** Shown while there is no connection: what is kept, and when it is tried again. */
export function ConnectionBanner({
  desk,
  state: { status, unsent },
  nowMs,
}: {
  readonly desk: Desk;
  readonly state: DeskState;
  readonly nowMs: number;
}) {
  if (status.state !== "connecting") return null;
  const { nextAtEpochMs } = status;
  const inSeconds = nextAtEpochMs === undefined ? 0 : Math.max(0, Math.ceil((nextAtEpochMs - nowMs) / SECOND_MS));
  return (
    <section class="banner" aria-label="Connection">
      <p role="status">
        <strong>Not connected.</strong> You can go on: what you send is kept and goes out once there is a connection.
        {unsent.length > 0 && <strong> {unsentWords(unsent.length)}</strong>}
      </p>
      <span class="muted" aria-hidden="true">
        {inSeconds > 0 ? `again in ${inSeconds} s` : "trying …"}
      </span>
      <button type="button" class="quiet" onClick={() => desk.tryNow()}>
        Try now
      </button>
    </section>
  );
}

const unsentWords = (count: number): string => (count === 1 ? "1 is waiting." : `${count} are waiting.`);
