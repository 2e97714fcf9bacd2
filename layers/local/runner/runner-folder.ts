import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { TenantId } from "../../core/tenant/tenant-id.ts";

/** Where a data folder's runner keeps what it keeps, and where it is spoken to. */
export interface RunnerFolder {
  readonly path: string;
  readonly dataDir: string;
  readonly runs: string;
  /** Held by the one runner that is. */
  readonly lock: string;
  readonly log: string;
  readonly preload: string;
  readonly socket: string;
  /** What the markers of this folder's runs begin with. */
  readonly mark: string;
}

/** Of `sockaddr_un`, on macOS; Linux has a few more. */
const SOCKET_PATH_BYTES_MAX = 103;
const MARK_CHARACTERS = 16;
const OTHERS_MAY = 0o077;

/** Somebody else may read or write where the runner's socket would be. */
export class RunnerFolderOpen extends Error {
  readonly code = "runner_folder_open";
  constructor(folder: string) {
    super(`${folder} is not this user's alone: the runner takes orders there`);
    this.name = "RunnerFolderOpen";
  }
}

/**
 * Made for its owner alone where it is not there.
 *
 * @throws {RunnerFolderOpen} where it is there and others may use it.
 */
export function runnerFolder(dataDir: string): RunnerFolder {
  const given = join(dataDir, "projects");
  mkdirSync(given, { recursive: true, mode: 0o700 });
  requireOwn(given);
  const path = realpathSync(given);
  const mark = createHash("sha256").update(path).digest("hex").slice(0, MARK_CHARACTERS);
  return {
    path,
    dataDir: realpathSync(dataDir),
    runs: join(path, "runs.sqlite"),
    lock: join(path, "runner.lock"),
    log: join(path, "runner.log"),
    preload: join(path, "loopback.cjs"),
    socket: socketIn(path, mark),
    mark: `${mark}/`,
  };
}

/** Beside the rest, or where that path is too long for a socket, in a folder of the user's among the temporary ones. */
function socketIn(path: string, mark: string): string {
  const socket = join(path, "runner.sock");
  if (Buffer.byteLength(socket) <= SOCKET_PATH_BYTES_MAX) return socket;
  const folder = join(realpathSync(tmpdir()), `skein-${process.getuid?.() ?? 0}-${mark}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  requireOwn(folder);
  return join(folder, "runner.sock");
}

function requireOwn(folder: string): void {
  const { mode, uid } = lstatSync(folder);
  const isOwn = uid === (process.getuid?.() ?? uid) && (mode & OTHERS_MAY) === 0;
  if (!isOwn) throw new RunnerFolderOpen(folder);
}

export function runFolder({ path }: RunnerFolder, tenantId: TenantId, runId: string): string {
  return join(path, "runs", tenantId, runId);
}

export function temporaryFolder(folder: RunnerFolder, tenantId: TenantId, runId: string): string {
  return join(runFolder(folder, tenantId, runId), "tmp");
}

/** Where a data folder's cells find what its projects have printed. */
export function projectLogsFolder(dataDir: string): string {
  return join(dataDir, "project-logs");
}

/** For what programs leave in their user's home: shared by all runs of a tenant. */
export function homeOf({ dataDir }: RunnerFolder, tenantId: TenantId): string {
  return join(dataDir, "workspaces", tenantId, ".home");
}
