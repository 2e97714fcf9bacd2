import * as z from "zod";
import { parseTenantId } from "../tenant/tenant-id.ts";

/** Schemas of settings that several functions have. What stands for "not planned" is the word `none`, never nothing. */

/** Source: DynamoDB API reference, TableName. */
export const tableName = z.string().regex(/^[a-zA-Z0-9_.-]{3,255}$/, "expected the name of a table");

/** Source: S3 user guide, "General purpose bucket naming rules". */
export const bucketName = z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "expected the name of a bucket");

/** Which bucket each region has: `eu-west-1=blobs-a,us-east-1=blobs-b`. */
export const regionBuckets = z.string().transform((text, context): ReadonlyMap<string, string> => {
  const pairs = text.split(",").map((pair) => /^([a-z]{2}(?:-[a-z]+)+-\d)=(.+)$/.exec(pair) ?? []);
  const buckets = new Map(pairs.map(([, region = "", bucket = ""]) => [region, bucket]));
  const isWhole = pairs.every(([, , bucket]) => bucketName.safeParse(bucket).success) && buckets.size === pairs.length;
  if (isWhole) return buckets;
  context.addIssue("expected region=bucket for each region, between commas");
  return z.NEVER;
});

/** Source: Secrets Manager API reference, GetSecretValue: a name or an ARN. */
export const secretId = z.string().regex(/^[\w/+=.@:-]{1,2048}$/, "expected the name of a secret");

export const tenant = z.string().transform((raw, context) => {
  const parsed = parseTenantId(raw);
  if (parsed.ok) return parsed.value;
  context.addIssue("expected a tenant's name: lower-case letters, digits, inner hyphens, at most 63");
  return z.NEVER;
});

/** Metrics are billed by the name, so only so many tenants have their own. */
export const WATCHED_TENANTS_MAX = 100;

/** `none`, or the names of the tenants with metrics of their own, between commas. */
export const watchedTenants = z.string().transform((text, context): ReadonlySet<string> => {
  const names = text === "none" ? [] : text.split(",");
  if (names.length <= WATCHED_TENANTS_MAX && names.every((name) => parseTenantId(name).ok)) return new Set(names);
  context.addIssue(`expected none, or at most ${WATCHED_TENANTS_MAX} names of tenants between commas`);
  return z.NEVER;
});

/** Of the regional Valkey, or `none`. */
export const cacheEndpoint = z
  .string()
  .regex(/^(?:none|[a-z0-9][a-z0-9.-]{0,252}:\d{1,5})$/, "expected none, or a host and a port");

/** Source: ElastiCache API reference, CreateServerlessCache and CreateUser; both lower case for IAM authentication. */
export const cacheName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "expected none, or a name in lower case");

/** A whole number of milliseconds, as the environment writes it. */
export const milliseconds = ({ min, max }: { readonly min: number; readonly max: number }) =>
  z
    .string()
    .regex(/^\d{1,9}$/, "expected a whole number")
    .transform(Number)
    .pipe(z.number().min(min).max(max));
