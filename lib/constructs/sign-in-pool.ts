import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  AccountRecovery,
  CfnManagedLoginBranding,
  CfnUserPool,
  ClientAttributes,
  FeaturePlan,
  LambdaVersion,
  ManagedLoginVersion,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  StringAttribute,
  UserPool,
  type UserPoolClient,
  UserPoolClientIdentityProvider,
  UserPoolOperation,
} from "aws-cdk-lib/aws-cognito";
import type { Alias, IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { asInterface } from "./as-interface.ts";

export interface SignInPoolProps {
  readonly name: string;
  /** Of the pages where people sign in: `<prefix>.auth.<region>.amazoncognito.com`. Nobody else's in the region. */
  readonly hostPrefix: string;
  /** Put before each scope, with a slash: Cognito has no scope without one. */
  readonly scopePrefix: string;
  /** By their names, each with what it lets a client do. */
  readonly scopes: Readonly<Record<string, string>>;
  readonly callbackUrls: readonly string[];
  readonly secondFactor: "optional" | "required";
  /** Whether people may make an account themselves. */
  readonly selfServiceSignUp: boolean;
  /** Writes tenant and role into access tokens. */
  readonly claims: Alias;
}

const PASSWORD_CHARACTERS_MIN = 14;
/** An invitation's. */
const FIRST_PASSWORD_VALID = Duration.days(3);
/** How long a person who was shut out may go on at most. */
const ACCESS_TOKEN_VALID = Duration.hours(1);
const REFRESH_TOKEN_VALID = Duration.days(30);
/** A client whose answer was lost may ask again with the token before. */
const ROTATION_GRACE = Duration.seconds(60);

/**
 * Where people sign in, by code and PKCE alone: a Cognito user pool, kept when its stack goes. Its tokens name the tenant
 * and the role that stand in two attributes of a person, which no client may write.
 *
 * Not promised: that a client without PKCE is refused. Cognito takes codes of public clients without it.
 */
export class SignInPool extends Construct {
  readonly issuer: string;
  readonly clientId: string;
  /** Where the pages are. */
  readonly signInUrl: string;
  readonly #pool: UserPool;

  constructor(scope: Construct, id: string, props: SignInPoolProps) {
    super(scope, id);
    this.#pool = this.#makePool(props);
    const { region } = Stack.of(this);
    this.issuer = `https://issuer-cognito-idp.${region}.amazonaws.com/${this.#pool.userPoolId}`;
    this.clientId = this.#makeClient(props).userPoolClientId;
    const domain = this.#pool.addDomain("Pages", {
      cognitoDomain: { domainPrefix: props.hostPrefix },
      managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    });
    this.signInUrl = domain.baseUrl();
    // Without a style of its own a client has no pages.
    new CfnManagedLoginBranding(this, "Style", {
      userPoolId: this.#pool.userPoolId,
      clientId: this.clientId,
      useCognitoProvidedValues: true,
    });
    this.#acceptFindings();
  }

  #makePool({ name, selfServiceSignUp, secondFactor, claims }: SignInPoolProps): UserPool {
    const pool = new UserPool(this, "Pool", {
      userPoolName: name,
      // The least that changes access tokens and binds them to the server that they are for.
      featurePlan: FeaturePlan.ESSENTIALS,
      selfSignUpEnabled: selfServiceSignUp,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      keepOriginal: { email: true },
      standardAttributes: { email: { required: true, mutable: true } },
      customAttributes: {
        tenant: new StringAttribute({ mutable: true, maxLen: 63 }),
        role: new StringAttribute({ mutable: true, maxLen: 16 }),
      },
      passwordPolicy: {
        minLength: PASSWORD_CHARACTERS_MIN,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: FIRST_PASSWORD_VALID,
      },
      mfa: secondFactor === "required" ? Mfa.REQUIRED : Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, asInterface<IFunction>(claims), LambdaVersion.V2_0);
    publishKeysInSeveralRegions(pool);
    return pool;
  }

  #makeClient({ name, callbackUrls, ...props }: SignInPoolProps): UserPoolClient {
    const email = new ClientAttributes().withStandardAttributes({ email: true });
    return this.#pool.addClient("Client", {
      userPoolClientName: name,
      generateSecret: false,
      // The pages need none but this, and left out Cognito takes all; passwords are never sent by clients.
      authFlows: { user: true },
      supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [...this.#makeScopes(props), OAuthScope.OPENID, OAuthScope.EMAIL],
        callbackUrls: [...callbackUrls],
      },
      readAttributes: email.withStandardAttributes({ emailVerified: true }),
      writeAttributes: email,
      accessTokenValidity: ACCESS_TOKEN_VALID,
      idTokenValidity: ACCESS_TOKEN_VALID,
      refreshTokenValidity: REFRESH_TOKEN_VALID,
      refreshTokenRotationGracePeriod: ROTATION_GRACE,
      enableTokenRevocation: true,
      preventUserExistenceErrors: true,
    });
  }

  #makeScopes({ scopePrefix, scopes }: Pick<SignInPoolProps, "scopePrefix" | "scopes">): readonly OAuthScope[] {
    const known = Object.entries(scopes).map(
      ([scopeName, scopeDescription]) => new ResourceServerScope({ scopeName, scopeDescription }),
    );
    const server = this.#pool.addResourceServer("Server", { identifier: scopePrefix, scopes: known });
    return known.map((scope) => OAuthScope.resourceServer(server, scope));
  }

  #acceptFindings(): void {
    acknowledge(this.#pool, {
      "AwsSolutions-COG2": "The plan says whether everyone needs a second factor; the pool knows one either way.",
      "AwsSolutions-COG8":
        "The Plus plan costs a third more for each person; who wants its threat protection turns it on.",
    });
  }
}

/**
 * The issuer that Cognito recommends for all pools: cells check tokens while the pool's own region is away.
 * Source: Cognito API reference, IssuerConfigurationType, read 2026-11-21.
 */
function publishKeysInSeveralRegions({ node: { defaultChild } }: UserPool): void {
  if (!(defaultChild instanceof CfnUserPool)) throw new TypeError("a user pool is made of something else");
  defaultChild.issuerConfiguration = { type: "UPDATED" };
}
