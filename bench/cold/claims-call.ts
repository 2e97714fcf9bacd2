import type { ColdCall } from "./calls.ts";

/** As Cognito's developer guide has it for event version 2 of the trigger "pre token generation" (read 2026-11-21). */
export const CLAIMS_CALL: ColdCall = {
  event: () =>
    JSON.stringify({
      version: "2",
      triggerSource: "TokenGeneration_HostedAuth",
      region: "eu-west-1",
      userPoolId: "eu-west-1_EXAMPLE",
      userName: "7b0f5a3e",
      callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: "1example23456789" },
      request: {
        userAttributes: { sub: "7b0f5a3e", "custom:tenant": "acme", "custom:role": "developer" },
        groupConfiguration: { groupsToOverride: [], iamRolesToOverride: [], preferredRole: null },
        scopes: ["skein/mcp:read", "openid"],
      },
      response: { claimsAndScopeOverrideDetails: null },
    }),
  answer: '"claimsToAddOrOverride":{"tenant":"acme","role":"developer"}',
};
