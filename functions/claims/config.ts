import * as z from "zod";

/** The claims function is told nothing. */
export const ClaimsConfig = z.strictObject({});

export const CLAIMS_SHAPE = {
  name: "claims",
  memoryMb: 256,
  // As long as Cognito waits for a trigger (Cognito developer guide, "Customizing user pool workflows with Lambda triggers",
  // read 2026-11-21).
  timeoutMs: 5_000,
} as const;
