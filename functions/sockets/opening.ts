import type { OpeningAnswer, SocketOpening } from "../../layers/core/connection/socket-event.ts";
import { isOriginAllowed } from "../../layers/http/admission.ts";
import { connectorOf, type Refused } from "./connector.ts";
import { memoText } from "./memo.ts";
import type { SocketParts } from "./socket-parts.ts";

const SKEIN = "skein.v1";
/** Of the Frontend Router's clients, where they name one. A browser ends a connection that was opened without what it offered. */
const ROUTER = "mcp-websocket";
/** Of a subprotocol that is none: a page can send a credential with the opening in no other place. */
const TICKET = "ticket.";

/**
 * Judges the opening of a socket. Where it shows a credential, that is taken now, and the client's `connect` needs none.
 * Nothing is stored: whoever opens sockets and says nothing costs no write.
 */
export async function openingAnswer(parts: SocketParts, event: SocketOpening): Promise<OpeningAnswer> {
  const { origin, subprotocols, authorization, clientAddress } = event;
  if (!isOriginAllowed(origin, parts.origins)) return { accepted: false, status: 403 };
  if (!(await parts.mayOpen(clientAddress))) return { accepted: false, status: 429 };
  const subprotocol = [SKEIN, ROUTER].find((name) => subprotocols.includes(name));
  const memo = { protocol: subprotocol === SKEIN ? SKEIN : "router", clientAddress } as const;
  const ticket = subprotocols.find((name) => name.startsWith(TICKET))?.slice(TICKET.length);
  if (authorization === undefined && ticket === undefined) {
    return { accepted: true, subprotocol, memo: memoText(memo) };
  }
  const connector = await connectorOf(parts, { ticket, authorization, clientAddress });
  if (!connector.ok) return { accepted: false, status: statusOf(connector.problem) };
  const { principal, credentialEndsAtEpochMs } = connector.value;
  return { accepted: true, subprotocol, memo: memoText({ ...memo, holder: { principal, credentialEndsAtEpochMs } }) };
}

function statusOf({ why }: Refused): 401 | 403 | 503 {
  switch (why) {
    case "credential":
      return 401;
    case "standing":
      return 403;
    case "later":
      return 503;
  }
}
