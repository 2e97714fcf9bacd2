import type { Chance } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import type { Seal } from "../ports/seal.ts";
import type { Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { ticketKey } from "../store/keys.ts";
import { TICKET_LIFE_MS, TICKET_MARK_KEPT_MS } from "./limits.ts";
import { parseSealedTicket, type TicketHolder } from "./parse-ticket.ts";

/** Forged, over, used before, or none at all: which of them is not told. */
export type TicketRefused = { readonly reason: "ticket_refused" };

export interface Ticket {
  /** Letters, digits, `-`, `_` and `.` alone, so that it can be offered as a subprotocol. */
  readonly ticket: string;
  readonly expiresAtEpochMs: number;
}

/**
 * What stands for a credential where that should not be shown: it opens one connection, within some seconds.
 *
 * A ticket carries its holder, sealed, so nothing is stored when it is made. Its use is written down by one conditional write,
 * which only the first can make. Whether its holder still has their standing, whoever takes it has to look.
 */
export class Tickets {
  readonly #table: Pick<Table, "put">;
  readonly #seal: Seal;
  readonly #clock: Clock;
  readonly #chance: Chance;

  constructor(deps: {
    readonly table: Pick<Table, "put">;
    readonly seal: Seal;
    readonly clock: Clock;
    readonly chance: Chance;
  }) {
    this.#table = deps.table;
    this.#seal = deps.seal;
    this.#clock = deps.clock;
    this.#chance = deps.chance;
  }

  make(holder: TicketHolder): Ticket {
    const expiresAtEpochMs = this.#clock.nowMs() + TICKET_LIFE_MS;
    const ticketId = this.#chance.uuid();
    const text = JSON.stringify({ ticketId, expiresAtEpochMs, holder });
    return { ticket: this.#seal.seal(PURPOSE, text), expiresAtEpochMs };
  }

  /** @throws {StoreFault} Then it may be used up. */
  async use(ticket: string): Promise<Result<TicketHolder, TicketRefused>> {
    const text = this.#seal.open(PURPOSE, ticket);
    const sealed = text === undefined ? undefined : parseSealedTicket(text);
    if (sealed === undefined || this.#clock.nowMs() >= sealed.expiresAtEpochMs) return REFUSED;
    const { holder, ticketId } = sealed;
    const expiresAtEpochSeconds = Math.ceil((sealed.expiresAtEpochMs + TICKET_MARK_KEPT_MS) / 1_000);
    const mark = { ...ticketKey(holder.principal.tenantId, ticketId), expiresAtEpochSeconds };
    const isFirst = (await this.#table.put(mark, { if: "absent" })).ok;
    return isFirst ? ok(holder) : REFUSED;
  }
}

const PURPOSE = "connection ticket";
const REFUSED = refused({ reason: "ticket_refused" } as const);
