import type { Duration } from "aws-cdk-lib";
import { Certificate, CertificateValidation } from "aws-cdk-lib/aws-certificatemanager";
import type { IMetric } from "aws-cdk-lib/aws-cloudwatch";
import type { Alias } from "aws-cdk-lib/aws-lambda";
import {
  ARecord,
  type IAliasRecordTarget,
  type IHostedZone,
  PublicHostedZone,
  RecordTarget,
} from "aws-cdk-lib/aws-route53";
import { Construct } from "constructs";
import type { ReplyMode } from "../../layers/core/deployment/function-shape.ts";
import { hostsOf } from "../names.ts";
import type { Region } from "../plan/regions.ts";

/** A path of the cell and what answers it. */
export interface DoorRoute {
  /** One that ends in `/` takes every path below it. */
  readonly path: string;
  readonly alias: Alias;
  readonly replyMode: ReplyMode;
  readonly timeout: Duration;
}

/** What stands before the functions, to those who guard it, watch it and lead clients to it. */
export interface FrontDoor {
  /** Where clients reach this cell alone, without a slash at the end. */
  readonly url: string;
  /** What a firewall is put before. */
  readonly guardedArn: string;
  /** Calls that it answered with a status of 500 or above, and all calls. */
  readonly failures: IMetric;
  readonly calls: IMetric;
}

export interface CellDomainProps {
  readonly domain: { readonly name: string; readonly zoneName: string; readonly zoneId: string };
  readonly region: Region;
}

/** The names of one cell under the stage's domain, with the certificate for them and for the name that all cells share. */
export class CellDomain extends Construct {
  readonly sharedName: string;
  readonly cellName: string;
  readonly certificate: Certificate;
  readonly #originName: string;
  readonly #zone: IHostedZone;

  constructor(scope: Construct, id: string, { domain, region }: CellDomainProps) {
    super(scope, id);
    const hosts = hostsOf(domain.name, region);
    this.sharedName = domain.name;
    this.cellName = hosts.cell;
    this.#originName = hosts.origin;
    this.#zone = PublicHostedZone.fromPublicHostedZoneAttributes(this, "Zone", {
      hostedZoneId: domain.zoneId,
      zoneName: domain.zoneName,
    });
    this.certificate = new Certificate(this, "Certificate", {
      domainName: this.sharedName,
      subjectAlternativeNames: [this.cellName],
      validation: CertificateValidation.fromDns(this.#zone),
    });
  }

  /** Leads the cell's own name, and this region's share of the shared one, to the door. */
  leadTo(targets: { readonly cell: IAliasRecordTarget; readonly shared: IAliasRecordTarget }): void {
    this.#record("Cell", this.cellName, targets.cell);
    this.#record("Origin", this.#originName, targets.shared);
  }

  #record(id: string, host: string, target: IAliasRecordTarget): void {
    new ARecord(this, id, { zone: this.#zone, recordName: `${host}.`, target: RecordTarget.fromAlias(target) });
  }
}
