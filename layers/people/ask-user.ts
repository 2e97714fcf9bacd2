import type { Presence } from "../core/connection/presence.ts";
import type { Job } from "../core/job/job.ts";
import { parseJobId } from "../core/job/job-id.ts";
import { audienceText } from "../core/message/audience-text.ts";
import { channelOf, mayHear } from "../core/message/channel.ts";
import type { Digest } from "../core/ports/digest.ts";
import type { Question } from "../core/question/question.ts";
import { isAsked } from "../core/question/question-list.ts";
import type { QuestionAnswerProblem, QuestionAskProblem } from "../core/question/question-problem.ts";
import type { Questions } from "../core/question/questions.ts";
import { unreachable } from "../core/result.ts";
import type { TenantId } from "../core/tenant/tenant-id.ts";
import { TOOL_JOB } from "../mcp/task/tool-job.ts";
import {
  type CallScope,
  defineTool,
  type JobScope,
  type Tool,
  ToolError,
  type ToolReply,
} from "../mcp/toolkit/tool.ts";
import { askUserForm } from "./ask-user-form.ts";
import { type AskUserArguments, askUserInput, askUserOrder } from "./ask-user-order.ts";
import { askUserReply } from "./ask-user-reply.ts";

/** Its name, description and first arguments are the Frontend Router's. */
export const ASK_USER = "ask_user";

export interface AskUserParts {
  readonly questions: Pick<Questions, "ask" | "get" | "answer" | "withdraw" | "expire">;
  /** Who of a tenant is connected now. */
  readonly presence: (tenantId: TenantId) => Promise<Presence>;
  readonly digest: Digest;
}

/**
 * Asks people, and waits for the first of them as a job that no worker is kept by: it sleeps until the answer wakes it, or
 * the question's time is over. Whoever calls from a client that can show forms may answer there, where they are asked too.
 *
 * The question is the job's, so that a run that comes again asks nothing twice. It is withdrawn when the job is cancelled,
 * and outlives a caller that only leaves: what it comes to can be fetched by the job.
 */
export function askUser(parts: AskUserParts): Tool {
  return defineTool({
    name: ASK_USER,
    title: "Ask a person",
    description: "Ask a question to the user and receive their response",
    input: askUserInput,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    mode: "job",
    outlivesCaller: true,
    prepare(args) {
      orderOf(args);
    },
    run: (args, scope) => run(parts, args, scope),
  });
}

/** What follows from the end of any job: a question that nobody waits for any more is withdrawn. */
export function askUserEnded(questions: Pick<Questions, "jobEnded">): (job: Job) => Promise<void> {
  return async ({ tenantId, jobId, kind, title, state }) => {
    if (kind !== TOOL_JOB || title !== ASK_USER || state === "succeeded") return;
    await questions.jobEnded(tenantId, jobId);
  };
}

function orderOf(args: AskUserArguments) {
  const order = askUserOrder(args);
  if (!order.ok) throw new ToolError(order.problem.why);
  return order.value;
}

async function run(parts: AskUserParts, args: AskUserArguments, scope: CallScope): Promise<ToolReply> {
  const { tenantId, principal, job } = scope;
  const jobId = parseJobId(job?.jobId);
  if (job === undefined || !jobId.ok) throw new ToolError("This server keeps no jobs, and so nothing that could wait.");
  const order = orderOf(args);
  const asked = await parts.questions.ask(tenantId, { ...order, asker: principal.subject, jobId: jobId.value });
  if (!asked.ok) throw new ToolError(whyNotAsked(asked.problem));
  const question = asked.value;
  if (question.state !== "open") return over(parts, tenantId, question);
  if (job.term === 1) scope.progress(0, secondsOf(question), await whatIsToldOf(parts, question, job));
  return waitFor(parts, { scope, job, question });
}

interface Waiting {
  readonly scope: CallScope;
  readonly job: JobScope;
  readonly question: Question;
}

/** Ends the run, until the client's own person has answered: then it is an answer as any other. */
async function waitFor(parts: AskUserParts, { scope, job, question }: Waiting): Promise<ToolReply> {
  const { tenantId, principal } = scope;
  const { questionId, expiresAtEpochMs: epochMs } = question;
  const person = askUserForm(question);
  if (!isAsked(question, principal, parts.digest) || !scope.canAsk(person)) return job.sleep(epochMs);
  const given = await job.askUntil(epochMs, { person });
  if (given.person.action !== "accept") {
    if (question.to.kind !== "member") return job.sleep(epochMs); // others may answer yet
    await parts.questions.withdraw(tenantId, { questionId, by: { ...principal, mayCancel: false } });
    throw new ToolError("the user declined to answer");
  }
  const { value } = given.person;
  const answered = await parts.questions.answer(tenantId, { questionId, value, by: principal });
  if (answered.ok) return over(parts, tenantId, answered.value);
  if (answered.problem.reason !== "question_closed") throw new ToolError(whyNotAnswered(answered.problem));
  const closed = await parts.questions.get(tenantId, questionId);
  return over(parts, tenantId, closed ?? { ...question, state: answered.problem.state });
}

/** A question whose time is over is ended here, on its second. */
async function over(parts: AskUserParts, tenantId: TenantId, question: Question): Promise<ToolReply> {
  const { state } = question;
  if (state === "expired") await parts.questions.expire(tenantId, question.questionId);
  if (state === "open") throw new ToolError("the question is still open");
  return askUserReply({ ...question, state });
}

const secondsOf = ({ askedAtEpochMs, expiresAtEpochMs }: Question): number =>
  Math.round((expiresAtEpochMs - askedAtEpochMs) / 1_000);

async function whatIsToldOf(parts: AskUserParts, question: Question, { jobId }: JobScope): Promise<string> {
  const { tenantId, questionId, to, expiresAtEpochMs } = question;
  const until = new Date(expiresAtEpochMs).toISOString();
  const asked = `Asked ${audienceText(to)} (${questionId}) and waits as ${jobId} until ${until}.`;
  const channel = channelOf(to, parts.digest);
  const { members, isWhole } = await parts.presence(tenantId);
  const isAnyoneThere = !isWhole || members.some((member) => mayHear(channel, member, parts.digest));
  return isAnyoneThere ? asked : `${asked} Nobody who may answer is connected now.`;
}

function whyNotAsked(problem: QuestionAskProblem): string {
  switch (problem.reason) {
    case "question_invalid":
      return `${problem.field} is not as it may be: ${problem.allowed}.`;
    case "questions_full":
      return `As many questions are open as a tenant may have (${problem.limit}); ask again when one is over.`;
    default:
      return unreachable(problem);
  }
}

function whyNotAnswered(problem: Exclude<QuestionAnswerProblem, { readonly reason: "question_closed" }>): string {
  switch (problem.reason) {
    case "question_unknown":
      return "the question is not kept any more";
    case "answer_invalid":
      return `the answer was not ${problem.allowed}`;
    case "question_contended":
      return "the question was being changed by too many at once";
    default:
      return unreachable(problem);
  }
}
