import * as z from "zod";
import { parsedJson } from "../../core/parsed-json.ts";
import { faultCode } from "../../http/fault-reply.ts";
import { type CommandPorts, EXIT_WELL, EXIT_WRONG_COMMAND } from "../command.ts";
import { COMMAND_REPLY_MS_MAX } from "./limits.ts";
import { FolderUnpackable, type PackedFolder, packFolder } from "./pack-folder.ts";
import { sendArchive } from "./send-archive.ts";
import { readWorkspaceOptions, WORKSPACE_HELP, type WorkspaceCommand } from "./workspace-options.ts";

const EXIT_REFUSED = 1;

export interface WorkspaceCommandPorts extends CommandPorts {
  /** Of who calls; left out, nobody is named. */
  readonly token: string | undefined;
  /** Whether somebody watches: then it is told how far it is. */
  readonly isWatched: boolean;
  /** @default COMMAND_REPLY_MS_MAX */
  readonly replyMsMax?: number;
}

/** The server, or what takes archives for it, said no. */
class Refused extends Error {
  readonly code = "refused";
}

/** What is at the address speaks no HTTP, or no name is known there, or it is not trusted. */
class Uncallable extends Error {
  readonly code = "uncallable";
  constructor(url: string, { cause }: { readonly cause: unknown }) {
    super(`${url} can't be called: ${cause instanceof Error ? cause.message : "it gives no reason"}`, { cause });
  }
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
  if (ports.token !== undefined && !TOKEN_PATTERN.test(ports.token)) {
    ports.printError("SKEIN_TOKEN is no token: it takes printable characters and no spaces\n");
    return EXIT_WRONG_COMMAND;
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

/** What a header can hold of a credential. */
const TOKEN_PATTERN = /^[\x21-\x7e]+$/;

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
      return error instanceof Uncallable ? error.message : undefined;
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
  const offered = await asked("POST", { json: { bytes, sha256 }, schema: Offered }, { command, ports });
  const onProgress = (sentBytes: number): void => {
    if (ports.isWatched) ports.printError(`\rsent ${Math.floor((100 * sentBytes) / bytes)} % of ${bytes} bytes`);
  };
  const sent = await sendArchive(offered.upload, { archive, onProgress });
  if (ports.isWatched) ports.printError("\n");
  if (sent.status !== 200) throw new Refused(`the archive was refused with ${sent.status}: ${sent.text.trim()}`);
  const accepting = { json: { uploadId: offered.uploadId }, schema: Accepted };
  const accepted = await asked("PUT", accepting, { command, ports });
  const { entryCount, unpackedBytes } = accepted;
  ports.print(`${projectId}: ${entryCount} files and folders, ${unpackedBytes} bytes, sent as ${bytes}\n`);
}

const Refusal = z.object({ error: z.string() }).or(z.object({ detail: z.string() }));

async function asked<Schema extends z.ZodType>(
  method: "POST" | "PUT",
  { json, schema }: { readonly json: object; readonly schema: Schema },
  { command, ports }: { readonly command: WorkspaceCommand; readonly ports: WorkspaceCommandPorts },
): Promise<z.output<Schema>> {
  const { url, projectId } = command;
  const path = `/api/projects/${encodeURIComponent(projectId)}/workspace`;
  const headers = {
    "content-type": "application/json",
    ...(ports.token !== undefined && { authorization: `Bearer ${ports.token}` }),
  };
  const { replyMsMax = COMMAND_REPLY_MS_MAX } = ports;
  const signal = AbortSignal.timeout(replyMsMax);
  const reply = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(json), signal }).catch((error) => {
    // All that `fetch` throws but for a deadline that is over.
    throw error instanceof TypeError ? new Uncallable(url, { cause: error.cause }) : error;
  });
  const text = await reply.text();
  if (!reply.ok) throw new Refused(`${method} ${path} was refused with ${reply.status}: ${reasonIn(text)}`);
  const answer = schema.safeParse(parsedJson(text));
  if (answer.success) return answer.data;
  throw new Refused(`${url} answered what such a server does not; --url names another`);
}

function reasonIn(text: string): string {
  const refusal = Refusal.safeParse(parsedJson(text));
  if (refusal.success) return "error" in refusal.data ? refusal.data.error : refusal.data.detail;
  // A server in between may answer in words of its own.
  return text.trim().slice(0, REASON_CHARACTERS_MAX);
}

const REASON_CHARACTERS_MAX = 500;
