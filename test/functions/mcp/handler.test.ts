import { beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { mcpHandler } from "../../../functions/mcp/handler.ts";
import type { Principal } from "../../../layers/core/tenant/principal.ts";
import { proves } from "../../conformance/proves.ts";
import toolkit from "../../conformance/toolkit.ts";
import { handlerDoor } from "../../fixtures/handler-door.ts";
import type { Door } from "../../fixtures/http-exchange.ts";
import type { ManualClock } from "../../fixtures/manual-clock.ts";
import {
  answerTo,
  type Fields,
  LEGACY,
  modernRequest,
  openSession,
  textOf,
  toolCall,
} from "../../fixtures/mcp-messages.ts";
import { callContext, mcpParts } from "../../fixtures/mcp-parts.ts";
import { principalOf } from "../../fixtures/principals.ts";
import { tenant } from "../../fixtures/tenants.ts";

const ANN = principalOf();
const STRANGERS: readonly (readonly [string, Principal])[] = [
  ["a colleague", principalOf({ subject: "bob" })],
  ["a namesake in another tenant", principalOf({ tenantId: tenant("other") })],
];

let clock: ManualClock;
let doorOf: (principal: Principal) => Door;

beforeEach(() => {
  const parts = mcpParts(toolkit);
  const handler = mcpHandler(parts.server);
  clock = parts.clock;
  doorOf = (principal) => handlerDoor(handler, () => callContext(parts, { principal }));
});

for (const [who, stranger] of STRANGERS) {
  for (const version of LEGACY) {
    proves("session:principal", `${who}, ${version}`, async () => {
      const session = await openSession(doorOf(ANN), version);
      const requests = [
        session.request("tools/list"),
        session.request("tools/call", toolCall("test_simple_text")),
        session.notification("notifications/cancelled", { requestId: 1 }),
        session.get(),
        { ...session.get(), method: "DELETE" },
      ];

      for (const request of requests) expect((await answerTo(doorOf(stranger), request)).status).toBe(404);

      const { reply } = await answerTo(doorOf(ANN), session.request("ping"));
      expect(reply.result).toEqual({});
    });
  }

  proves("mrtr:principal", who, async () => {
    const requestState = await stateGivenTo(ANN);

    const { reply } = await answer(stranger, { requestState });

    expect(reply.error?.code).toBe(-32602);
  });
}

const ASKS_NAME = "test_input_required_result_elicitation";
const inputResponses = { user_name: { action: "accept", content: { name: "Ada" } } };

function answer(principal: Principal, more: Fields) {
  const params = { name: ASKS_NAME, arguments: {}, ...more };
  return answerTo(doorOf(principal), modernRequest("tools/call", params, { capabilities: { elicitation: {} } }));
}

async function stateGivenTo(principal: Principal): Promise<string> {
  const { reply } = await answer(principal, {});
  return z.looseObject({ requestState: z.string() }).parse(reply.result).requestState;
}

proves("mrtr:expiry", async () => {
  const requestState = await stateGivenTo(ANN);

  clock.advance(59 * 60_000);
  const inTime = await answer(ANN, { requestState, inputResponses });
  clock.advance(2 * 60_000);
  const late = await answer(ANN, { requestState, inputResponses });

  expect(textOf(inTime)).toBe("Hello, Ada!");
  expect(late.reply.error?.code).toBe(-32602);
});

test("a session that nobody used for a day is gone", async () => {
  const door = doorOf(ANN);
  const session = await openSession(door, "2025-11-25");

  clock.advance(23 * 3_600_000);
  const used = await answerTo(door, session.request("ping"));
  clock.advance(23 * 3_600_000);
  const usedAgain = await answerTo(door, session.request("ping"));
  clock.advance(25 * 3_600_000);
  const forgotten = await answerTo(door, session.request("ping"));

  expect([used.status, usedAgain.status, forgotten.status]).toEqual([200, 200, 404]);
});
