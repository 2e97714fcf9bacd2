import type { AwsSettings } from "./client.ts";

/** A service as the AWS SDKs write it in the names of their settings. */
type ServiceName = "DYNAMODB" | "S3" | "SECRETS_MANAGER" | "ELASTICACHE";

/**
 * Where a function finds a service: in its own region, or where `AWS_ENDPOINT_URL_<SERVICE>` says (AWS SDKs and Tools
 * reference guide, "Service-specific endpoints", read 2026-11-20). Lambda sets the region and the role's credentials.
 *
 * @throws {RegionUnknown} where Lambda, or what stands for it, has set no region.
 */
export function functionSettings(
  environment: Readonly<Record<string, string | undefined>>,
  service: ServiceName,
): AwsSettings {
  const region = environment.AWS_REGION;
  const endpoint = environment[`AWS_ENDPOINT_URL_${service}`];
  if (region === undefined || region === "") throw new RegionUnknown();
  return endpoint === undefined ? { region } : { region, endpoint };
}

export class RegionUnknown extends Error {
  readonly code = "region_unknown";
  constructor() {
    super("AWS_REGION is not set; Lambda sets it for every function");
    this.name = "RegionUnknown";
  }
}
