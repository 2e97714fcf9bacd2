import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { CLAIMS_SHAPE } from "../../functions/claims/config.ts";
import { SCOPES } from "../../layers/core/tenant/scope.ts";
import { DEPLOYED_FUNCTIONS } from "../../lib/functions.ts";
import { environmentOf, PoolUnknown } from "../../lib/settings.ts";
import { laidOut } from "./laid-out.ts";
import type { StackTemplate } from "./stack-template.ts";
import { behindLoadBalancer, oneRegion, threeRegions, twoRegions } from "./stages.ts";

const plain = laidOut(oneRegion);
const named = laidOut(twoRegions);
const nameless = laidOut(threeRegions);
const balanced = laidOut(behindLoadBalancer(threeRegions));

function poolOf(laid: typeof plain): StackTemplate {
  const { identity } = laid.deployment;
  if (identity === undefined) throw new TypeError("no pool was laid out");
  return laid.template(identity);
}

const refTo = (pattern: string) => ({ Ref: Match.stringLikeRegexp(pattern) });
const told = (stage: string, region: string, OutputName: string) => ({
  "Fn::GetStackOutput": { StackName: `skein-${stage}-identity`, OutputName, Region: region },
});

describe("a stage with a user pool", () => {
  test.each([
    ["two regions", named, "us-east-1"],
    ["three regions", nameless, "eu-west-1"],
    ["three regions behind a load balancer", balanced, "eu-west-1"],
  ] as const)("has one, in its first region, in %s", (_, laid, region) => {
    poolOf(laid).count("AWS::Cognito::UserPool", 1);
    expect(laid.deployment.identity?.region).toBe(region);
  });

  test("keeps it: by logical ids that stay, from deletion, and when its stack goes", () => {
    const ids = poolOf(nameless).ids();

    expect(ids.filter((id) => /^SignIn(?:Pool|PoolClient|PoolServer|PoolPages).{8}$/.test(id))).toEqual([
      "SignInPoolFD298EFA",
      "SignInPoolServer26525415",
      "SignInPoolClientEC46584B",
      "SignInPoolPages822225F0",
    ]);
    poolOf(nameless).allAre("AWS::Cognito::UserPool", {
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: Match.objectLike({ DeletionProtection: "ACTIVE" }),
    });
  });

  test("is not there where the plan takes keys alone", () => {
    expect(plain.deployment.identity).toBeUndefined();
  });
});

describe("the user pool", () => {
  test("knows people by their address, asks for long passwords, and takes a second factor from an app", () => {
    poolOf(named).has("AWS::Cognito::UserPool", {
      UsernameAttributes: ["email"],
      UsernameConfiguration: { CaseSensitive: false },
      AutoVerifiedAttributes: ["email"],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ["email"] },
      Policies: {
        PasswordPolicy: Match.objectLike({
          MinimumLength: 14,
          RequireLowercase: true,
          RequireUppercase: true,
          RequireNumbers: true,
          RequireSymbols: true,
        }),
      },
      MfaConfiguration: "OPTIONAL",
      EnabledMfas: ["SOFTWARE_TOKEN_MFA"],
    });
  });

  test("asks everyone for a second factor where the plan does", () => {
    const { identity } = threeRegions;
    if (identity === "keys-alone" || identity.kind !== "cognito") throw new TypeError("the stage has no pool");
    const strict = laidOut({ ...threeRegions, identity: { ...identity, secondFactor: "required" } });

    poolOf(strict).has("AWS::Cognito::UserPool", { MfaConfiguration: "ON", EnabledMfas: ["SOFTWARE_TOKEN_MFA"] });
  });

  test("lets people make accounts only where the plan lets them sign up", () => {
    const only = (AllowAdminCreateUserOnly: boolean) => ({ AdminCreateUserConfig: { AllowAdminCreateUserOnly } });

    poolOf(named).has("AWS::Cognito::UserPool", only(false));
    poolOf(nameless).has("AWS::Cognito::UserPool", only(true));
  });

  test("has tenant and role as attributes that no client writes or reads", () => {
    poolOf(named).has("AWS::Cognito::UserPool", {
      Schema: Match.arrayWith([
        Match.objectLike({ Name: "tenant", AttributeDataType: "String", Mutable: true }),
        Match.objectLike({ Name: "role", AttributeDataType: "String", Mutable: true }),
      ]),
    });
    poolOf(named).allHave("AWS::Cognito::UserPoolClient", {
      WriteAttributes: ["email"],
      ReadAttributes: ["email", "email_verified"],
    });
  });

  test("publishes its keys in several regions, and is on the plan that changes access tokens", () => {
    poolOf(named).has("AWS::Cognito::UserPool", {
      IssuerConfiguration: { Type: "UPDATED" },
      UserPoolTier: "ESSENTIALS",
    });
    const { Outputs } = poolOf(named).json();
    expect(Outputs).toMatchObject({
      Issuer: {
        Value: {
          "Fn::Join": ["", ["https://issuer-cognito-idp.us-east-1.amazonaws.com/", { Ref: "SignInPoolFD298EFA" }]],
        },
      },
      ClientId: { Value: { Ref: "SignInPoolClientEC46584B" } },
    });
  });
});

describe("the client", () => {
  test("has no secret, signs people in by code alone, and changes its refresh token with each use", () => {
    poolOf(named).allHave("AWS::Cognito::UserPoolClient", {
      GenerateSecret: false,
      AllowedOAuthFlows: ["code"],
      AllowedOAuthFlowsUserPoolClient: true,
      ExplicitAuthFlows: ["ALLOW_USER_AUTH"],
      SupportedIdentityProviders: ["COGNITO"],
      CallbackURLs: ["http://localhost:6274/oauth/callback", "https://claude.ai/api/mcp/auth_callback"],
      RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: 60 },
      EnableTokenRevocation: true,
      PreventUserExistenceErrors: "ENABLED",
      AccessTokenValidity: 60,
      TokenValidityUnits: Match.objectLike({ AccessToken: "minutes" }),
    });
  });

  test("may ask for every scope of the server, with its prefix", () => {
    const prefixed = SCOPES.map((scope) => ({ "Fn::Join": ["", [refTo("^SignInPoolServer"), `/${scope}`]] }));

    poolOf(named).has("AWS::Cognito::UserPoolResourceServer", {
      Identifier: "skein",
      Scopes: SCOPES.map((ScopeName) => Match.objectLike({ ScopeName })),
    });
    poolOf(named).has("AWS::Cognito::UserPoolClient", { AllowedOAuthScopes: [...prefixed, "openid", "email"] });
  });

  test("has pages, which are there only with a style", () => {
    poolOf(nameless).has("AWS::Cognito::UserPoolDomain", {
      Domain: "skein-trio-123456789012",
      ManagedLoginVersion: 2,
    });
    poolOf(nameless).has("AWS::Cognito::ManagedLoginBranding", {
      ClientId: refTo("^SignInPoolClient"),
      UseCognitoProvidedValues: true,
    });
  });
});

describe("the claims function", () => {
  test("is asked by this pool alone, before it writes access tokens, within what Cognito waits", () => {
    poolOf(named).has("AWS::Cognito::UserPool", {
      LambdaConfig: {
        PreTokenGenerationConfig: { LambdaArn: refTo("^FunctionclaimsLive"), LambdaVersion: "V2_0" },
      },
    });
    poolOf(named).allHave("AWS::Lambda::Permission", {
      Principal: "cognito-idp.amazonaws.com",
      FunctionName: refTo("^FunctionclaimsLive"),
      SourceArn: { "Fn::GetAtt": [Match.stringLikeRegexp("^SignInPool"), "Arn"] },
    });
    poolOf(named).has("AWS::Lambda::Function", {
      FunctionName: "skein-pair-claims",
      Timeout: CLAIMS_SHAPE.timeoutMs / 1000,
    });
  });

  test("may write its log and its traces, and nothing else", () => {
    poolOf(named).allHave("AWS::IAM::Policy", {
      PolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({ Action: ["logs:CreateLogStream", "logs:PutLogEvents"] }),
          Match.objectLike({ Action: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"] }),
        ],
      }),
    });
  });

  test("rings when it fails, since then nobody signs in", () => {
    poolOf(named).has("AWS::CloudWatch::Alarm", {
      AlarmName: "skein-pair-claims-failing",
      AlarmDescription: Match.stringLikeRegexp("^Tenants notice: nobody can sign in"),
    });
  });
});

describe("the functions that ask who calls", () => {
  const variablesOf = (laid: typeof plain, index: number, functionName: string, Variables: Record<string, unknown>) => {
    const cell = laid.deployment.cells[index];
    if (cell === undefined) throw new TypeError("no such cell was laid out");
    laid.template(cell).has("AWS::Lambda::Function", {
      FunctionName: Match.stringLikeRegexp(`-${functionName}$`),
      Environment: { Variables: Match.objectLike(Variables) },
    });
  };

  test.each(["mcp", "sessions", "tenants"])("are told in every region whose tokens to take: %s", (functionName) => {
    for (const index of [0, 1]) {
      variablesOf(named, index, functionName, {
        ISSUER: told("pair", "us-east-1", "Issuer"),
        AUDIENCES: "https://mcp.example.com/mcp,https://mcp.example.com,skein",
        CLIENT_IDS: "none",
        TENANT_CLAIM: "tenant",
        ROLE_CLAIM: "role",
        BASE_URL: "https://mcp.example.com",
        REGIONS: "us-east-1,us-west-2",
      });
    }
  });

  test("go by the pool's client where there is no name that a token could be for", () => {
    variablesOf(nameless, 2, "mcp", {
      ISSUER: told("trio", "eu-west-1", "Issuer"),
      AUDIENCES: "skein",
      CLIENT_IDS: told("trio", "eu-west-1", "ClientId"),
      BASE_URL: "none",
    });
  });

  test("take another provider's tokens as the plan says", () => {
    const other = laidOut({
      ...oneRegion,
      identity: {
        kind: "issuer",
        issuer: "https://login.example.com/",
        audiences: ["https://mcp.example.com/mcp"],
        clientIds: [],
        tenantClaim: "org",
        roleClaim: "org_role",
      },
    });

    variablesOf(other, 0, "mcp", {
      ISSUER: "https://login.example.com/",
      AUDIENCES: "https://mcp.example.com/mcp",
      CLIENT_IDS: "none",
      TENANT_CLAIM: "org",
      ROLE_CLAIM: "org_role",
    });
    expect(other.deployment.identity).toBeUndefined();
  });

  test("take no token where the plan takes keys alone", () => {
    variablesOf(plain, 0, "mcp", { ISSUER: "none", AUDIENCES: "none", CLIENT_IDS: "none" });
  });

  test("speak for Cognito where clients can reach them by a name, with its scopes", () => {
    variablesOf(named, 0, "tenants", { SCOPE_PREFIX: "skein/", SIGN_IN_URL: told("pair", "us-east-1", "SignInUrl") });
    variablesOf(nameless, 0, "tenants", { SCOPE_PREFIX: "skein/", SIGN_IN_URL: "none" });
    variablesOf(plain, 0, "tenants", { SCOPE_PREFIX: "none", SIGN_IN_URL: "none" });
  });

  test("are told whether people may sign up", () => {
    variablesOf(named, 0, "tenants", { SIGN_UP: "on" });
    variablesOf(plain, 0, "tenants", { SIGN_UP: "off" });
  });

  test("can't be laid out without the pool that the plan asks for", () => {
    const [mcp] = DEPLOYED_FUNCTIONS;
    if (mcp === undefined) throw new TypeError("no function is deployed");
    const facts = { place: { account: "123456789012", region: "us-east-1" }, cacheEndpoint: undefined } as const;

    expect(() => environmentOf(mcp, { stage: twoRegions, facts })).toThrow(PoolUnknown);
  });
});
