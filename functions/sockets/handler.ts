import type {
  OpeningAnswer,
  SocketAnswer,
  SocketHandler,
  SocketOpening,
  SocketText,
} from "../../layers/core/connection/socket-event.ts";
import { mayAct } from "../../layers/core/tenant/action.ts";
import {
  type ClientFrame,
  type ClientFrameType,
  type FrameProblem,
  parseClientFrame,
} from "../../layers/people/wire/client-frame.ts";
import { ending, forbidden, refOf, refusal } from "./answers.ts";
import { connect } from "./connect.ts";
import { STANDINGS_LOST } from "./connector.ts";
import { FRAME_RULES, frameAnswer } from "./frames.ts";
import { parseMemo } from "./memo.ts";
import { openingAnswer } from "./opening.ts";
import type { SocketParts } from "./socket-parts.ts";

/**
 * What people's clients say over WebSockets, and what they are answered. Holds nothing of a connection: what has to be known of
 * one is on record, and is read with each frame.
 *
 * What a frame changes is stored before it is acknowledged. Never throws: of a fault the client is told that its frame may be
 * sent again, and `report` the rest.
 */
export function socketHandler(parts: SocketParts): SocketHandler {
  return {
    async opening(event) {
      const answer = await openingOf(parts, event);
      parts.turned?.({ event: "opening", accepted: answer.accepted });
      return answer;
    },
    async text(event) {
      const { text } = event;
      const frame = parseClientFrame(text);
      const answer = frame.ok ? await answerOf(parts, event, frame.value) : notFrame(frame.problem);
      const type = frame.ok ? frame.value.type : (frame.problem.of ?? "malformed");
      parts.turned?.({ event: "text", type, text, texts: answer.texts, isConnected: answer.known !== undefined });
      return answer;
    },
    async closed({ connectionId }) {
      await parts.connections.close(connectionId).catch(parts.report);
      parts.turned?.({ event: "closed" });
    },
  };
}

async function openingOf(parts: SocketParts, event: SocketOpening): Promise<OpeningAnswer> {
  try {
    return await openingAnswer(parts, event);
  } catch (fault) {
    parts.report(fault);
    return { accepted: false, status: 503 };
  }
}

const notFrame = ({ reason: code, detail: message, of }: FrameProblem): SocketAnswer => refusal({ code, message, of });

async function answerOf(parts: SocketParts, event: SocketText, frame: ClientFrame): Promise<SocketAnswer> {
  try {
    return await framed(parts, event, frame);
  } catch (fault) {
    parts.report(fault);
    const message = "it failed here, and whether it took effect is unknown; it may be sent again";
    return refusal({ code: "unavailable", message, of: frame.type, ref: refOf(frame) });
  }
}

async function framed(parts: SocketParts, event: SocketText, frame: ClientFrame): Promise<SocketAnswer> {
  const connection = await parts.connections.find(event.connectionId);
  if (connection === undefined) {
    return frame.type === "connect"
      ? connect(parts, event, frame)
      : refusal({ code: "not_connected", message: "the first frame is connect", of: frame.type, ref: refOf(frame) });
  }
  const standing = await parts.standingOf(connection.principal);
  if (!standing.ok) {
    const { code, detail: message } = STANDINGS_LOST[standing.problem.reason];
    return ending({ code, message, of: frame.type, ref: refOf(frame) }, "refused");
  }
  const { principal, policy } = standing.value;
  const { action, isCall } = FRAME_RULES[frame.type];
  const may = action === undefined ? undefined : mayAct(principal, action);
  if (may?.ok === false) {
    const remoteAddress = parseMemo(event.memo).clientAddress;
    const { problem } = may;
    await parts.gate.rightRefused({ principal, action: problem.action, requestId: event.connectionId, remoteAddress });
    return forbidden(problem, frame.type, refOf(frame));
  }
  const rate = isCall ? await parts.gate.takeCall(policy) : undefined;
  if (rate?.admitted === false) {
    const { retryAfterSeconds } = rate;
    const message = `the tenant's calls are used up; try again in ${retryAfterSeconds} s`;
    return refusal({ code: "rate_exceeded", message, of: frame.type, ref: refOf(frame), retryAfterSeconds });
  }
  return frameAnswer<ClientFrameType>(parts, { connection, principal }, { type: frame.type, frame });
}
