import type { Job } from "../core/job/job.ts";
import { TOOL_JOB } from "../mcp/task/tool-job.ts";
import { defineTool, type Tool, ToolError } from "../mcp/toolkit/tool.ts";
import { type AskUserArguments, askUserInput } from "./ask-user-input.ts";
import type { AskUserOrder } from "./ask-user-order.ts";
import type { AskedPeople } from "./ask-user-run.ts";

/** Its name, description and first arguments are the Frontend Router's. */
export const ASK_USER = "ask_user";

/** Whoever asks first has them made. */
export type PeopleAtFirstUse = () => Promise<AskedPeople>;

/**
 * Asks people, and waits for the first of them as a job that no worker is kept by: it sleeps until the answer wakes it, or
 * the question's time is over. Whoever calls from a client that can show forms may answer there, where they are asked too.
 *
 * The question is the job's, so that a run that comes again asks nothing twice. It is withdrawn when the job is cancelled,
 * and outlives a caller that only leaves: what it comes to can be fetched by the job.
 */
export function askUser(people: PeopleAtFirstUse): Tool {
  return defineTool({
    name: ASK_USER,
    title: "Ask a person",
    description: "Ask a question to the user and receive their response",
    input: askUserInput,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    mode: "job",
    outlivesCaller: true,
    async prepare(args) {
      await orderOf(args);
    },
    async run(args, scope) {
      const order = await orderOf(args);
      const { runAskUser } = await import("./ask-user-run.ts");
      return runAskUser(await people(), order, scope);
    },
  });
}

/** What follows from the end of any job: a question that nobody waits for any more is withdrawn. */
export function askUserEnded(people: PeopleAtFirstUse): (job: Job) => Promise<void> {
  return async ({ tenantId, jobId, kind, title, state }) => {
    if (kind !== TOOL_JOB || title !== ASK_USER || state === "succeeded") return;
    const { questions } = await people();
    await questions.jobEnded(tenantId, jobId);
  };
}

/** What a question is held against is loaded with the first one. */
async function orderOf(args: AskUserArguments): Promise<AskUserOrder> {
  const { askUserOrder } = await import("./ask-user-order.ts");
  const order = askUserOrder(args);
  if (!order.ok) throw new ToolError(order.problem.why);
  return order.value;
}
