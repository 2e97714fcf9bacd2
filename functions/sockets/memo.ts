import * as z from "zod";
import { SOCKET_PROTOCOLS, type SocketProtocol } from "../../layers/core/connection/connection.ts";
import { parseTicketHolder, type TicketHolder } from "../../layers/core/connection/parse-ticket.ts";

/** What is known of a socket from its opening on: whoever holds it gives it back with each text. */
export interface SocketMemo {
  readonly protocol: SocketProtocol;
  readonly clientAddress: string;
  /** Who opened it, where the opening said so. */
  readonly holder?: TicketHolder | undefined;
}

export const memoText = (memo: SocketMemo): string => JSON.stringify(memo);

const schema = z.object({
  protocol: z.enum(SOCKET_PROTOCOLS),
  clientAddress: z.string(),
  holder: z.unknown().optional(),
});

/** What was given back is nothing that {@link memoText} made. */
export class MemoCorrupt extends Error {
  readonly code = "socket_memo_corrupt";
  constructor(options?: { cause: unknown }) {
    super("what is known of a socket was not given back as it was told", options);
    this.name = "MemoCorrupt";
  }
}

/** @throws {MemoCorrupt} */
export function parseMemo(text: string): SocketMemo {
  const memo = schema.safeParse(JSON.parse(text));
  if (!memo.success) throw new MemoCorrupt({ cause: memo.error });
  const { holder: told, ...rest } = memo.data;
  if (told === undefined) return rest;
  const holder = parseTicketHolder(told);
  if (holder === undefined) throw new MemoCorrupt();
  return { ...rest, holder };
}
