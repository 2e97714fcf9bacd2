import type { Presence, Welcome } from "../../client/people/wire.ts";
import { timeAgo } from "./time-words.ts";

export function PresenceView({
  presence,
  welcome,
  nowMs,
}: {
  readonly presence: Presence | undefined;
  readonly welcome: Welcome;
  readonly nowMs: number;
}) {
  const members = presence?.members ?? [];
  return (
    <section class="people" aria-labelledby="people-title">
      <h1 id="people-title">Who is there</h1>
      <p class="muted">
        Connected to {welcome.tenant} now, on this page or with another client. Asked anew every ten seconds.
      </p>
      {presence === undefined && <p role="status">Asking …</p>}
      <ul>
        {members.map(({ subject, connections, sinceEpochMs }) => (
          <li key={subject}>
            <span class="face" aria-hidden="true">
              {subject.slice(0, 1).toUpperCase()}
            </span>
            <span>
              <strong>{subject}</strong>
              {subject === welcome.subject && <span class="muted"> you</span>}
              <br />
              <span class="muted">
                came {timeAgo(nowMs - sinceEpochMs)}
                {connections > 1 && `, ${connections} connections`}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {presence?.isWhole === false && <p class="muted">There are more than can be shown.</p>}
    </section>
  );
}
