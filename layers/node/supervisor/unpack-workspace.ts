import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Clock } from "../../core/ports/clock.ts";
import { followed, patiently } from "./fetch-order.ts";
import { WORKSPACE_TIMEOUT_MS } from "./limits.ts";

/** An archive that `tar` could not read, or a folder that it could not write. */
export class WorkspaceUnread extends Error {
  readonly code = "workspace_unread";
  constructor(exitCode: unknown) {
    super(`tar ended with ${String(exitCode)}`);
    this.name = "WorkspaceUnread";
  }
}

/** As whom something is run; left out, as whoever runs this. */
export interface RunUser {
  readonly uid: number;
  readonly gid: number;
}

/** The archive's files, in a folder that is there, as the run's own user: nothing of it can lie anywhere else. */
export async function unpackWorkspace(
  link: string,
  { folder, user, clock }: { readonly folder: string; readonly user: RunUser | undefined; readonly clock: Clock },
): Promise<void> {
  const signal = AbortSignal.timeout(WORKSPACE_TIMEOUT_MS);
  const { body } = await patiently(clock, () => followed(link, signal));
  const tar = spawn("tar", ["-xzf", "-", "-C", folder, "--no-same-owner"], {
    stdio: ["pipe", "ignore", "inherit"],
    signal,
    ...user,
  });
  const ended = once(tar, "exit");
  // What tar does not read any more is its own to explain.
  if (body !== null) await pipeline(Readable.fromWeb(body), tar.stdin, { signal }).catch(() => undefined);
  const [exitCode] = await ended;
  if (exitCode !== 0) throw new WorkspaceUnread(exitCode);
}
