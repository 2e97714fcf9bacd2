import { describe, expect, test } from "vitest";
import { withClaims } from "../../../functions/claims/handler.ts";
import { claimsEvent } from "../../fixtures/claims-event.ts";

const claimsFor = (userAttributes: Readonly<Record<string, string>>) =>
  withClaims(claimsEvent(userAttributes)).response;
const accessClaims = (claimsToAddOrOverride: object) => ({
  claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride } },
});

describe("the access token of a person", () => {
  test("names the tenant and the role that the pool's owner gave them", () => {
    expect(claimsFor({ "custom:tenant": "acme", "custom:role": "operator" })).toEqual(
      accessClaims({ tenant: "acme", role: "operator" }),
    );
  });

  test("names no tenant for who has none, which makes them a newcomer", () => {
    expect(claimsFor({})).toEqual(accessClaims({}));
    expect(claimsFor({ "custom:tenant": "", "custom:role": "" })).toEqual(accessClaims({}));
  });

  test("takes nothing from attributes that people set themselves", () => {
    expect(claimsFor({ tenant: "acme", role: "owner", profile: "operator" })).toEqual(accessClaims({}));
  });
});

describe("the answer to Cognito", () => {
  test("repeats the question, as Cognito wants it", () => {
    const event = claimsEvent({ "custom:tenant": "acme" });

    const { response, ...rest } = withClaims(event);

    const { response: _, ...repeated } = event;
    expect(rest).toEqual(repeated);
    expect(response).toEqual(accessClaims({ tenant: "acme" }));
  });

  test.each([
    ["of a version that can't change access tokens", { ...claimsEvent({}), version: "1" }],
    ["without attributes", { version: "2", request: {} }],
    ["that is none", "TokenGeneration"],
  ])("is refused for a question %s", (_, event) => {
    expect(() => withClaims(event)).toThrow();
  });
});
