import * as z from "zod";
import { injectedFaults } from "../layers/core/deployment/injected-faults.ts";
import { secretId, tableName, tenant, watchedTenants } from "../layers/core/deployment/settings.ts";

/** A list between commas, or `none`. */
const names = (item: z.ZodString) =>
  z.string().transform((text, context): readonly string[] => {
    const given = text === "none" ? [] : text.split(",");
    if (given.every((name) => item.safeParse(name).success)) return given;
    context.addIssue("expected none, or a list between commas");
    return z.NEVER;
  });

/** What every function is told that lets callers in: whom it may trust, and where it keeps what it knows of them. */
export const GATE_SETTINGS = {
  /** The table of regional state. */
  STATE_TABLE: tableName,
  /** The strongly consistent table of the fleet. */
  CONTROL_TABLE: tableName,
  /** The first tenant, and the key of its owner. */
  TENANT: tenant,
  ACCESS_SECRET_ID: secretId,
  /** What API keys are hashed with. */
  API_KEY_SECRET_ID: secretId,
  /** Whose tokens are taken, as their `iss` says it; `none` where there are only keys. */
  ISSUER: z.union([z.literal("none"), z.url({ protocol: /^https?$/ })]),
  /** What such a token's `aud` must hold one of; or, for an issuer without audiences, its `client_id`. */
  AUDIENCES: names(z.string().min(1)),
  CLIENT_IDS: names(z.string().min(1)),
  TENANT_CLAIM: z.string().min(1),
  ROLE_CLAIM: z.string().min(1),
  /** What the provider puts before each scope, as `skein/`; `none` where its scopes are ours. */
  SCOPE_PREFIX: z.union([
    z.literal("none"),
    z.string().regex(/^\S+\/$/, "expected none, or a prefix that ends in a slash"),
  ]),
  /** By what callers reach every region; `none` where each region has its own address alone. */
  BASE_URL: z.union([z.literal("none"), z.url({ protocol: /^https$/ })]),
  /** Where tenants' calls and data may be. */
  REGIONS: names(z.string().regex(/^[a-z0-9-]+$/)),
  /** Where what tenants use is told. */
  USAGE_QUEUE_URL: z.url({ protocol: /^https?$/ }),
  /** Which tenants have metrics of their own. */
  WATCHED_TENANTS: watchedTenants,
  /** What a drill breaks of the calls: `none`, but while one runs. */
  FAULTS: injectedFaults,
};

const GateConfig = z.object(GATE_SETTINGS);
export type GateConfig = z.infer<typeof GateConfig>;
