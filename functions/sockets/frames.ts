import type { SocketAnswer } from "../../layers/core/connection/socket-event.ts";
import { mayHear } from "../../layers/core/message/channel.ts";
import type { HistoryPage } from "../../layers/core/message/log-reader.ts";
import type { QuestionAnswerProblem } from "../../layers/core/question/question-problem.ts";
import { unreachable } from "../../layers/core/result.ts";
import type { Action } from "../../layers/core/tenant/action.ts";
import type { ClientFrame, ClientFrameType } from "../../layers/people/wire/client-frame.ts";
import { CLOSE_CODES } from "../../layers/people/wire/close-code.ts";
import {
  historyPage,
  joined,
  left,
  pong,
  presenceList,
  published,
  responseAck,
} from "../../layers/people/wire/server-frame.ts";
import { NOTHING, notJoined, refusal, said } from "./answers.ts";
import { welcomeAgain } from "./connect.ts";
import { fittingPrefix } from "./fitting-prefix.ts";
import { resumeTexts, type TenantHearer } from "./resume.ts";
import type { ConnectedClient, SocketParts } from "./socket-parts.ts";

type Frames = { readonly [Type in ClientFrameType]: Extract<ClientFrame, { readonly type: Type }> };
type Frame<Type extends ClientFrameType> = Frames[Type];

interface FrameRule<Type extends ClientFrameType> {
  /** The right that it takes; left out where being connected is enough. */
  readonly action?: Action;
  /** Whether it is one of the tenant's calls. An answer is not: it may not be lost to others' haste. */
  readonly isCall: boolean;
  readonly answer: (parts: SocketParts, client: ConnectedClient, frame: Frame<Type>) => Promise<SocketAnswer>;
}

/** What becomes of each frame of a client that is connected. */
export const FRAME_RULES: { readonly [Type in ClientFrameType]: FrameRule<Type> } = {
  connect: { isCall: true, answer: welcomeAgain },
  user_response: { action: "question.answer", isCall: false, answer: answerQuestion },
  message: { action: "message.publish", isCall: true, answer: publish },
  ack: { action: "message.read", isCall: true, answer: acknowledge },
  history: { action: "message.read", isCall: true, answer: tellHistory },
  resume: {
    action: "message.read",
    isCall: true,
    answer: async (parts, client, { after }) => said(...(await resumeTexts(parts, hearerOf(client), after))),
  },
  join: { action: "message.read", isCall: true, answer: join },
  leave: { action: "message.read", isCall: true, answer: leave },
  presence: { action: "message.read", isCall: true, answer: tellPresence },
  ping: { isCall: false, answer: async ({ clock }) => said(pong(clock.nowMs())) },
  disconnect: {
    isCall: false,
    answer: async () => ({ texts: [], close: { code: CLOSE_CODES.done, reason: "disconnect" } }),
  },
};

export function frameAnswer<Type extends ClientFrameType>(
  parts: SocketParts,
  client: ConnectedClient,
  { type, frame }: { readonly type: Type; readonly frame: Frames[Type] },
): Promise<SocketAnswer> {
  return FRAME_RULES[type].answer(parts, client, frame);
}

function hearerOf({ principal, connection }: ConnectedClient): TenantHearer {
  const { tenantId, subject, role } = principal;
  return { tenantId, subject, role, connectionId: connection.connectionId };
}

async function answerQuestion(
  { questions }: SocketParts,
  client: ConnectedClient,
  { request_id: questionId, answer: value }: Frame<"user_response">,
): Promise<SocketAnswer> {
  const by = hearerOf(client);
  const answered = await questions.answer(by.tenantId, { questionId, value, by });
  return answered.ok ? said(responseAck(questionId, { status: "answered" })) : unanswered(questionId, answered.problem);
}

function unanswered(questionId: string, problem: QuestionAnswerProblem): SocketAnswer {
  switch (problem.reason) {
    case "question_unknown":
      return said(responseAck(questionId, { status: "unknown" }));
    case "question_closed": {
      const { state, by } = problem;
      return said(responseAck(questionId, { status: "closed", state, ...(by !== undefined && { by }) }));
    }
    case "answer_invalid": {
      const { allowed, field } = problem;
      return said(responseAck(questionId, { status: "invalid", allowed, ...(field !== undefined && { field }) }));
    }
    case "question_contended":
      return refusal({
        code: problem.reason,
        message: "others changed it at the same moment; send the answer again",
        of: "user_response",
        ref: questionId,
        retryAfterSeconds: 1,
      });
    default:
      return unreachable(problem);
  }
}

async function publish(
  { publisher }: SocketParts,
  { principal }: ConnectedClient,
  { to: audience, body, id }: Frame<"message">,
): Promise<SocketAnswer> {
  const from = principal.subject;
  const stored = await publisher.publish(principal.tenantId, { audience, type: "message", from, body, key: id });
  if (stored.ok) {
    const { channel, seq } = stored.value;
    return said(published({ id: stored.value.messageId, channel, seq, ref: id }));
  }
  const { problem } = stored;
  const about = { code: problem.reason, of: "message", ref: id } as const;
  switch (problem.reason) {
    case "message_too_large":
      return refusal({ ...about, message: `a body may have ${problem.bytesMax} bytes as JSON` });
    case "channels_reached":
      return refusal({ ...about, message: `the tenant has its ${problem.limit} channels` });
    case "idempotency_key_reused":
      return refusal({ ...about, message: "this id stands for another message; take a new one" });
    default:
      return unreachable(problem);
  }
}

/** Of a channel that is not theirs to hear nothing is noted, and nothing told. */
async function acknowledge(
  { receipts, digest }: SocketParts,
  client: ConnectedClient,
  { channel, seq }: Frame<"ack">,
): Promise<SocketAnswer> {
  const hearer = hearerOf(client);
  if (!mayHear(channel, hearer, digest)) return NOTHING;
  const noted = await receipts.note(hearer.tenantId, { channel, subject: hearer.subject, seq });
  if (noted.ok) return NOTHING;
  const message = `the last message there has the number ${noted.problem.head}`;
  return refusal({ code: noted.problem.reason, message, of: "ack", ref: channel });
}

async function tellHistory(
  { log, digest }: SocketParts,
  client: ConnectedClient,
  { channel, before, limit }: Frame<"history">,
): Promise<SocketAnswer> {
  const hearer = hearerOf(client);
  const isHeard = mayHear(channel, hearer, digest);
  const page: HistoryPage = isHeard ? await log.history(hearer.tenantId, { channel, before, limit }) : { messages: [] };
  const messages = fittingPrefix(page.messages);
  const last = messages.at(-1);
  const next = messages.length < page.messages.length && last !== undefined ? last.seq : page.next;
  return said(historyPage(channel, { messages, before: next }));
}

async function join(
  { connections, log }: SocketParts,
  { principal, connection }: ConnectedClient,
  { channel }: Frame<"join">,
): Promise<SocketAnswer> {
  const { tenantId } = principal;
  const changed = await connections.join(tenantId, { connectionId: connection.connectionId, channel });
  if (!changed.ok) return notJoined(changed.problem, { of: "join", ref: channel });
  return said(joined(channel, await log.headOf(tenantId, channel)));
}

async function leave(
  { connections }: SocketParts,
  { principal, connection }: ConnectedClient,
  { channel }: Frame<"leave">,
): Promise<SocketAnswer> {
  await connections.leave(principal.tenantId, { connectionId: connection.connectionId, channel });
  return said(left(channel));
}

async function tellPresence({ connections }: SocketParts, { principal }: ConnectedClient): Promise<SocketAnswer> {
  const { members, isWhole } = await connections.presence(principal.tenantId);
  const told = fittingPrefix(members);
  return said(presenceList(told, isWhole && told.length === members.length));
}
