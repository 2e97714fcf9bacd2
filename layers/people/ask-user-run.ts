import type { Connections } from "../core/connection/connections.ts";
import { parseJobId } from "../core/job/job-id.ts";
import { audienceText } from "../core/message/audience-text.ts";
import { channelOf } from "../core/message/channel.ts";
import type { Digest } from "../core/ports/digest.ts";
import type { Question } from "../core/question/question.ts";
import { isAsked } from "../core/question/question-list.ts";
import type { QuestionAnswerProblem, QuestionAskProblem } from "../core/question/question-problem.ts";
import type { Questions } from "../core/question/questions.ts";
import { unreachable } from "../core/result.ts";
import type { TenantId } from "../core/tenant/tenant-id.ts";
import { type CallScope, type JobScope, ToolError, type ToolReply } from "../mcp/toolkit/tool.ts";
import { askUserForm } from "./ask-user-form.ts";
import type { AskUserOrder } from "./ask-user-order.ts";
import { askUserReply } from "./ask-user-reply.ts";

/** People, as far as they are asked. */
export interface AskedPeople {
  readonly questions: Pick<Questions, "ask" | "get" | "answer" | "withdraw" | "expire" | "jobEnded">;
  readonly connections: Pick<Connections, "mayBeHeard">;
  readonly digest: Digest;
}

/** One run of the tool's job: the first one asks, and each ends asleep until it comes to a reply. */
export async function runAskUser(people: AskedPeople, order: AskUserOrder, scope: CallScope): Promise<ToolReply> {
  const { tenantId, principal, job } = scope;
  const jobId = parseJobId(job?.jobId);
  if (job === undefined || !jobId.ok) throw new ToolError("This server keeps no jobs, and so nothing that could wait.");
  const asked = await people.questions.ask(tenantId, { ...order, asker: principal.subject, jobId: jobId.value });
  if (!asked.ok) throw new ToolError(whyNotAsked(asked.problem));
  const question = asked.value;
  if (question.state !== "open") return over(people, tenantId, question);
  if (job.term === 1) scope.progress(0, secondsOf(question), await whatIsToldOf(people, question, job));
  return waitFor(people, { scope, job, question });
}

interface Waiting {
  readonly scope: CallScope;
  readonly job: JobScope;
  readonly question: Question;
}

/** Ends the run, until the client's own person has answered: then it is an answer as any other. */
async function waitFor(people: AskedPeople, { scope, job, question }: Waiting): Promise<ToolReply> {
  const { tenantId, principal } = scope;
  const { questionId, expiresAtEpochMs: epochMs } = question;
  const person = askUserForm(question);
  if (!isAsked(question, principal, people.digest) || !scope.canAsk(person)) return job.sleep(epochMs);
  const given = await job.askUntil(epochMs, { person });
  if (given.person.action !== "accept") {
    if (question.to.kind !== "member") return job.sleep(epochMs); // others may answer yet
    await people.questions.withdraw(tenantId, { questionId, by: { ...principal, mayCancel: false } });
    throw new ToolError("the user declined to answer");
  }
  const { value } = given.person;
  const answered = await people.questions.answer(tenantId, { questionId, value, by: principal });
  if (answered.ok) return over(people, tenantId, answered.value);
  if (answered.problem.reason !== "question_closed") throw new ToolError(whyNotAnswered(answered.problem));
  const closed = await people.questions.get(tenantId, questionId);
  return over(people, tenantId, closed ?? { ...question, state: answered.problem.state });
}

/** A question whose time is over is ended here, on its second. */
async function over(people: AskedPeople, tenantId: TenantId, question: Question): Promise<ToolReply> {
  const { state } = question;
  if (state === "expired") await people.questions.expire(tenantId, question.questionId);
  if (state === "open") throw new ToolError("the question is still open");
  return askUserReply({ ...question, state });
}

const secondsOf = ({ askedAtEpochMs, expiresAtEpochMs }: Question): number =>
  Math.round((expiresAtEpochMs - askedAtEpochMs) / 1_000);

async function whatIsToldOf(people: AskedPeople, question: Question, { jobId }: JobScope): Promise<string> {
  const { tenantId, questionId, to, expiresAtEpochMs } = question;
  const until = new Date(expiresAtEpochMs).toISOString();
  const asked = `Asked ${audienceText(to)} (${questionId}) and waits as ${jobId} until ${until}.`;
  const mayBeHeard = await people.connections.mayBeHeard(tenantId, channelOf(to, people.digest));
  return mayBeHeard ? asked : `${asked} Nobody who may answer is connected now.`;
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
