import * as z from "zod";

/** Source: Cognito developer guide, "Pre token generation Lambda trigger", event version 2 (read 2026-11-21). */
const TokenEvent = z.looseObject({
  version: z.literal("2"),
  request: z.looseObject({ userAttributes: z.record(z.string(), z.string()) }),
});

/** The claims of an access token, each with the attribute of a person that it repeats: only the pool's owner can set those. */
const ATTRIBUTES = { tenant: "custom:tenant", role: "custom:role" } as const;

/**
 * Answers what Cognito asks before it writes a person's tokens: it puts no attributes into access tokens by itself. Who has
 * none of them gets a token that names no tenant.
 *
 * @throws ZodError for what is no such question; then nobody is signed in.
 */
export function withClaims(raw: unknown): Readonly<Record<string, unknown>> {
  const event = TokenEvent.parse(raw);
  const { userAttributes } = event.request;
  const claims = Object.entries(ATTRIBUTES).flatMap(([claim, attribute]) => {
    const value = userAttributes[attribute] ?? "";
    return value === "" ? [] : [[claim, value]];
  });
  const accessTokenGeneration = { claimsToAddOrOverride: Object.fromEntries(claims) };
  return { ...event, response: { claimsAndScopeOverrideDetails: { accessTokenGeneration } } };
}
