import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ok, type Result, refused } from "../../core/result.ts";

export const WORKSPACE_HELP = `Sends a folder to be the workspace of a project.

  npm run -s workspace -- --project ID [options] FOLDER

  --project ID     whose; made where it is not there
  --url URL        where the server is                           (http://127.0.0.1:3000)
  --exclude NAME   leaves out files and folders of this name; may be repeated
  --help           print this and end

.git is always left out. A server that asks who calls is told the token in SKEIN_TOKEN.
`;

export interface WorkspaceCommand {
  readonly projectId: string;
  readonly folder: string;
  /** Without a slash at the end. */
  readonly url: string;
  readonly excluded: ReadonlySet<string>;
}

export type WorkspaceOptionsProblem = { readonly reason: "option_wrong"; readonly messages: readonly string[] };

const OPTIONS = {
  project: { type: "string" },
  url: { type: "string", default: "http://127.0.0.1:3000" },
  exclude: { type: "string", multiple: true },
  help: { type: "boolean", default: false },
} as const;

/** `help` when that was asked for; else what to send, or everything that is wrong with it at once. */
export function readWorkspaceOptions(
  args: readonly string[],
  workingDir: string,
): Result<WorkspaceCommand | "help", WorkspaceOptionsProblem> {
  const messages: string[] = [];
  const given = parsed(args, messages);
  if (given === undefined) return refused({ reason: "option_wrong", messages });
  const { values, positionals } = given;
  if (values.help) return ok("help");
  const [folder = ""] = positionals;
  const { project = "", exclude = [], url } = values;
  if (positionals.length !== 1) messages.push("it takes one folder");
  if (project === "") messages.push("--project is missing: whose workspace is it to be?");
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) messages.push(`--url ${url} is no address of a server`);
  if (messages.length > 0) return refused({ reason: "option_wrong", messages });
  return ok({
    projectId: project,
    folder: resolve(workingDir, folder),
    url: url.replace(/\/+$/, ""),
    excluded: new Set([".git", ...exclude]),
  });
}

function parsed(args: readonly string[], messages: string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    messages.push(error.message);
    return undefined;
  }
}
