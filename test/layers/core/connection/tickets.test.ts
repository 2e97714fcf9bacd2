import { beforeEach, describe, expect, test } from "vitest";
import {
  CLOCK_DIFFERENCE_MS_MAX,
  TICKET_LIFE_MS,
  TICKET_MARK_KEPT_MS,
} from "../../../../layers/core/connection/limits.ts";
import { Tickets } from "../../../../layers/core/connection/tickets.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { hmacSeal } from "../../../../layers/node/hmac-seal.ts";
import { type ManualClock, manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";

const REFUSED = { ok: false, problem: { reason: "ticket_refused" } };
const sealOf = (secret: number) => hmacSeal([{ id: "k", secret: new Uint8Array(32).fill(secret) }]);
const ann = {
  principal: principalOf({ role: "viewer", scopes: ["people:read"] }),
  credentialEndsAtEpochMs: 1_900_000_000_000,
};

let clock: ManualClock;
let table: Table;
let tickets: Tickets;

beforeEach(() => {
  clock = manualClock();
  table = memoryTable(clock);
  tickets = ticketsOf();
});

const ticketsOf = (given: { readonly secret?: number } = {}): Tickets =>
  new Tickets({ table, seal: sealOf(given.secret ?? 1), clock, chance: seededChance(7) });

describe("a ticket", () => {
  test("says who got it, once, to any process", async () => {
    const { ticket, expiresAtEpochMs } = tickets.make(ann);

    expect(expiresAtEpochMs).toBe(clock.nowMs() + TICKET_LIFE_MS);
    expect(await ticketsOf().use(ticket)).toEqual({ ok: true, value: ann });
    expect(await tickets.use(ticket)).toEqual(REFUSED);
  });

  test("is used by one of those who use it at once", async () => {
    const { ticket } = tickets.make(ann);

    const uses = await Promise.all(Array.from({ length: 20 }, () => ticketsOf().use(ticket)));

    expect(uses.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test("can be offered as a subprotocol: it is a token of RFC 9110", () => {
    expect(tickets.make({ principal: principalOf({ subject: "ünï / ©" }) }).ticket).toMatch(/^[A-Za-z0-9_.-]+$/);
  });

  test("is good until its time is over, and is then refused though nobody has used it", async () => {
    const first = tickets.make(ann);
    const second = tickets.make(ann);
    clock.advance(TICKET_LIFE_MS - 1);
    expect(await tickets.use(first.ticket)).toMatchObject({ ok: true });
    clock.advance(1);
    expect(await tickets.use(second.ticket)).toEqual(REFUSED);
  });

  test("stays used for longer than any clock may still take it for good", async () => {
    const { ticket } = tickets.make(ann);
    await tickets.use(ticket);
    expect(TICKET_MARK_KEPT_MS).toBeGreaterThan(CLOCK_DIFFERENCE_MS_MAX);
    // The store's clock is ahead of the one that judges the ticket.
    const late = new Tickets({
      table,
      seal: sealOf(1),
      clock: { ...clock, nowMs: () => clock.nowMs() - CLOCK_DIFFERENCE_MS_MAX },
      chance: seededChance(8),
    });
    clock.advance(TICKET_LIFE_MS + CLOCK_DIFFERENCE_MS_MAX - 1);
    expect(await late.use(ticket)).toEqual(REFUSED);
  });

  test.each(["", "ticket", "k.e30.AAAA", "a.b.c.d"])("%j is none", async (ticket) => {
    expect(await tickets.use(ticket)).toEqual(REFUSED);
  });

  test("of another key, or of another purpose, is none", async () => {
    expect(await tickets.use(ticketsOf({ secret: 2 }).make(ann).ticket)).toEqual(REFUSED);
    const { ticket } = tickets.make(ann);
    const text = sealOf(1).open("connection ticket", ticket) ?? "";
    expect(await tickets.use(sealOf(1).seal("something else", text))).toEqual(REFUSED);
    expect(await tickets.use(sealOf(1).seal("connection ticket", '{"ticketId":"of an earlier version"}'))).toEqual(
      REFUSED,
    );
    expect(await tickets.use(sealOf(1).seal("connection ticket", text))).toMatchObject({ ok: true });
  });
});
