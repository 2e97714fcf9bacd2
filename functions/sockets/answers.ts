import type { JoinProblem } from "../../layers/core/connection/connection-joins.ts";
import type { SocketAnswer } from "../../layers/core/connection/socket-event.ts";
import type { ActionForbidden } from "../../layers/core/tenant/action.ts";
import type { ClientFrame, ClientFrameType } from "../../layers/people/wire/client-frame.ts";
import { CLOSE_CODES } from "../../layers/people/wire/close-code.ts";
import { type ErrorTold, errorFrame } from "../../layers/people/wire/server-frame.ts";

export const NOTHING: SocketAnswer = { texts: [] };

export const said = (...texts: readonly string[]): SocketAnswer => ({ texts });

/** A frame that changes nothing. */
export const refusal = (told: ErrorTold): SocketAnswer => said(errorFrame(told));

/** The end of a connection, and why. */
export function ending(told: ErrorTold, how: keyof typeof CLOSE_CODES): SocketAnswer {
  return { texts: [errorFrame(told)], close: { code: CLOSE_CODES[how], reason: told.code } };
}

export function forbidden(problem: ActionForbidden, of: ClientFrameType, ref: string | undefined): SocketAnswer {
  const message =
    problem.reason === "scope_missing"
      ? `this needs a token with the scope ${problem.scope}`
      : `this is for the roles ${problem.roles.join(", ")}`;
  return refusal({ code: problem.reason, message, of, ref });
}

export function notJoined(problem: JoinProblem, about: Pick<ErrorTold, "of" | "ref">): SocketAnswer {
  const { reason: code } = problem;
  const message =
    code === "too_many_joined"
      ? `a connection joins ${problem.joinedMax} channels at most`
      : "the connection is over, or the channel is none that is joined";
  return refusal({ code, message, ...about });
}

/** What a frame names, so that its sender knows which one an answer is to. */
export function refOf(frame: ClientFrame): string | undefined {
  switch (frame.type) {
    case "user_response":
      return frame.request_id;
    case "message":
      return frame.id;
    case "ack":
    case "history":
    case "join":
    case "leave":
      return frame.channel;
    default:
      return undefined;
  }
}
