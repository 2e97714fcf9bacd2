import { Duration } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import {
  ARecord,
  HealthCheck,
  HealthCheckType,
  type IHostedZone,
  PublicHostedZone,
  RecordTarget,
} from "aws-cdk-lib/aws-route53";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { hostsOf, socketHost } from "../names.ts";
import { PROBE_REGIONS, type Region } from "../plan/regions.ts";
import { MINUTE, TenantAlarm } from "./tenant-alarm.ts";

export interface SharedNameProps {
  readonly domain: { readonly name: string; readonly zoneName: string; readonly zoneId: string };
  readonly regions: readonly Region[];
  readonly alarmName: (region: Region) => string;
  readonly topic: ITopic;
}

/** With three failures in a row, a cell is out after half a minute. Source: Route 53 guide, fast health checks. */
const PROBE_INTERVAL = Duration.seconds(10);
const PROBE_FAILURES = 3;

/**
 * The names that all cells share, the one for calls and the one for connections: a record for each cell, answered to whoever is nearest to it while its health check passes. All
 * of them stand before anything fails, so that failing over changes nothing and needs nobody.
 */
export class SharedName extends Construct {
  constructor(scope: Construct, id: string, props: SharedNameProps) {
    super(scope, id);
    const { domain, regions } = props;
    const zone = PublicHostedZone.fromPublicHostedZoneAttributes(this, "Zone", {
      hostedZoneId: domain.zoneId,
      zoneName: domain.zoneName,
    });
    for (const region of regions) {
      const healthCheck = this.#makeHealthCheck(region, props);
      const { origin, socketOrigin } = hostsOf(domain.name, region);
      this.#makeRecord(`Record-${region}`, { zone, region, name: domain.name, origin, healthCheck });
      const sockets = { name: socketHost(domain.name), origin: socketOrigin };
      this.#makeRecord(`Sockets-${region}`, { zone, region, ...sockets, healthCheck });
    }
  }

  #makeHealthCheck(region: Region, { domain, alarmName, topic }: SharedNameProps): HealthCheck {
    const healthCheck = new HealthCheck(this, `Health-${region}`, {
      type: HealthCheckType.HTTPS,
      fqdn: hostsOf(domain.name, region).cell,
      resourcePath: "/health/ready",
      enableSNI: true,
      requestInterval: PROBE_INTERVAL,
      failureThreshold: PROBE_FAILURES,
      regions: [...PROBE_REGIONS],
    });
    new TenantAlarm(this, `Out-${region}`, {
      name: alarmName(region),
      tenantsNotice: `those near ${region} are served from another region, some milliseconds further away.`,
      lookAt: `https://${hostsOf(domain.name, region).cell}/health/ready and the alarms of that region.`,
      metric: new Metric({
        namespace: "AWS/Route53",
        metricName: "HealthCheckStatus",
        dimensionsMap: { HealthCheckId: healthCheck.healthCheckId },
        statistic: "Minimum",
        period: MINUTE,
      }),
      direction: "below",
      threshold: 1,
      periodsCount: 3,
      breachingCount: 2,
      missing: "alarming",
      topic,
    });
    return healthCheck;
  }

  #makeRecord(id: string, { zone, region, name, origin, healthCheck }: SharedRecord): void {
    new ARecord(this, id, {
      zone,
      recordName: `${name}.`,
      region,
      setIdentifier: region,
      healthCheck,
      // The cell's own record, which its stack keeps pointed at whatever its door is now.
      target: RecordTarget.fromAlias({ bind: () => ({ dnsName: origin, hostedZoneId: zone.hostedZoneId }) }),
    });
  }
}

interface SharedRecord {
  readonly zone: IHostedZone;
  readonly region: Region;
  readonly name: string;
  /** Where it leads in the region. */
  readonly origin: string;
  readonly healthCheck: HealthCheck;
}
