import type { AwsSettings } from "./client.ts";

/** Where a service of a region answers; for the public and the Chinese partition. */
export function serviceEndpoint(service: string, { region, endpoint }: Omit<AwsSettings, "credentials">): URL {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return new URL(endpoint ?? `https://${service}.${region}.${domain}`);
}
