import { claimsEvent } from "../../test/fixtures/claims-event.ts";
import type { ColdCall } from "./calls.ts";

export const CLAIMS_CALL: ColdCall = {
  event: () => JSON.stringify(claimsEvent({ "custom:tenant": "acme", "custom:role": "developer" })),
  answer: '"claimsToAddOrOverride":{"tenant":"acme","role":"developer"}',
};
