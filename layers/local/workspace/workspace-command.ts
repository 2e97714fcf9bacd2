import * as z from "zod";
import { faultCode } from "../../http/fault-reply.ts";
import { COMMAND_REPLY_MS_MAX } from "./limits.ts";
import { FolderUnpackable, type PackedFolder, packFolder } from "./pack-folder.ts";
import { sendArchive } from "./send-archive.ts";
import { readWorkspaceOptions, WORKSPACE_HELP, type WorkspaceCommand } from "./workspace-options.ts";

const EXIT_WELL = 0;
const EXIT_REFUSED = 1;
const EXIT_WRONG_COMMAND = 2;

export interface WorkspaceCommandPorts {
  readonly workingDir: string;
  /** Of who calls; left out, nobody is named. */
  readonly token: string | undefined;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  /** Whether somebody watches: then it is told how far it is. */
  readonly isWatched: boolean;
  /** @default COMMAND_REPLY_MS_MAX */
  readonly replyMsMax?: number;
}

/** The server, or what takes archives for it, said no. */
class Refused extends Error {
  readonly code = "refused";
}

/** `npm run workspace`, from its command line to its exit code. */
export async function runWorkspaceCommand(args: readonly string[], ports: WorkspaceCommandPorts): Promise<number> {
  const options = readWorkspaceOptions(args, ports.workingDir);
  if (!options.ok) {
    ports.printError(`${options.problem.messages.join("\n")}\n\n${WORKSPACE_HELP}`);
    return EXIT_WRONG_COMMAND;
  }
  if (options.value === "help") {
    ports.print(WORKSPACE_HELP);
    return EXIT_WELL;
  }
  const command = options.value;
  try {
    await send(command, await packFolder(command.folder, command.excluded), ports);
    return EXIT_WELL;
  } catch (error) {
    const told = toldOf(error, command);
    if (told === undefined) throw error;
    ports.printError(`${told}\n`);
    return EXIT_REFUSED;
  }
}

/** What went wrong, where it is for the caller to put right. */
function toldOf(error: unknown, { folder, url }: WorkspaceCommand): string | undefined {
  if (error instanceof Refused || error instanceof FolderUnpackable) return error.message;
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `${url} did not answer in time; whether the call took effect is unknown`;
  }
  const cause = error instanceof Error ? error.cause : undefined;
  switch (faultCode(cause) ?? faultCode(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return `${folder} is no folder`;
    case "tar_item_changed":
      return error instanceof Error ? `${error.message}; try again` : undefined;
    case "ECONNREFUSED":
    case "ENOTFOUND":
    case "ECONNRESET":
    case "send_silent":
      return `${url} does not answer; npm start -- --projects starts a server, --url names another`;
    default:
      return undefined;
  }
}

const Offered = z.object({
  uploadId: z.string(),
  upload: z.object({ method: z.literal("PUT"), url: z.string(), headers: z.record(z.string(), z.string()) }),
});
const Accepted = z.object({ unpackedBytes: z.int(), entryCount: z.int() });

async function send(command: WorkspaceCommand, packed: PackedFolder, ports: WorkspaceCommandPorts): Promise<void> {
  const { projectId } = command;
  const { bytes, sha256, archive } = packed;
  const offered = Offered.parse(await asked("POST", { bytes, sha256 }, { command, ports }));
  const onProgress = (sentBytes: number): void => {
    if (ports.isWatched) ports.printError(`\rsent ${Math.floor((100 * sentBytes) / bytes)} % of ${bytes} bytes`);
  };
  const sent = await sendArchive(offered.upload, { archive, onProgress });
  if (ports.isWatched) ports.printError("\n");
  if (sent.status !== 200) throw new Refused(`the archive was refused with ${sent.status}: ${sent.text.trim()}`);
  const accepted = Accepted.parse(await asked("PUT", { uploadId: offered.uploadId }, { command, ports }));
  const { entryCount, unpackedBytes } = accepted;
  ports.print(`${projectId}: ${entryCount} files and folders, ${unpackedBytes} bytes, sent as ${bytes}\n`);
}

const Refusal = z.object({ error: z.string() }).or(z.object({ detail: z.string() }));

async function asked(
  method: "POST" | "PUT",
  json: object,
  { command, ports }: { readonly command: WorkspaceCommand; readonly ports: WorkspaceCommandPorts },
): Promise<unknown> {
  const { url, projectId } = command;
  const path = `/api/projects/${encodeURIComponent(projectId)}/workspace`;
  const headers = {
    "content-type": "application/json",
    ...(ports.token !== undefined && { authorization: `Bearer ${ports.token}` }),
  };
  const { replyMsMax = COMMAND_REPLY_MS_MAX } = ports;
  const signal = AbortSignal.timeout(replyMsMax);
  const reply = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(json), signal });
  const text = await reply.text();
  if (reply.ok) return JSON.parse(text);
  throw new Refused(`${method} ${path} was refused with ${reply.status}: ${reasonIn(text)}`);
}

function reasonIn(text: string): string {
  try {
    const refusal = Refusal.safeParse(JSON.parse(text));
    if (refusal.success) return "error" in refusal.data ? refusal.data.error : refusal.data.detail;
  } catch {
    // A server in between may answer in words of its own.
  }
  return text.trim().slice(0, REASON_CHARACTERS_MAX);
}

const REASON_CHARACTERS_MAX = 500;
