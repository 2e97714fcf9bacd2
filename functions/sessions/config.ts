import * as z from "zod";

/** What the sessions function is told by its surroundings. */
export const SessionsConfig = z.strictObject({
  /** The table of regional state. */
  STATE_TABLE: z.string().min(3).max(255),
  /** Whether a new user session shows itself only to the address that began it. */
  USER_SESSION_ADDRESS_BINDING: z.enum(["on", "off"]),
});
