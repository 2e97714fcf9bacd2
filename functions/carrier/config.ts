import * as z from "zod";

/** What the function in the network of projects is told by its surroundings. */
export const CarrierConfig = z.strictObject({
  /** All addresses of that network: it calls no other. */
  PROJECT_NETWORK: z.cidrv4(),
});

/** It is called by the function behind the door alone, and asks for nothing of the place it runs in but the way to tasks. */
export const CARRIER_SHAPE = {
  name: "carrier",
  memoryMb: 256,
  // As long as the one that calls it may wait.
  timeoutMs: 300_000,
} as const;
