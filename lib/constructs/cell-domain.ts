import { Certificate, CertificateValidation } from "aws-cdk-lib/aws-certificatemanager";
import {
  ARecord,
  type IAliasRecordTarget,
  type IHostedZone,
  PublicHostedZone,
  RecordTarget,
} from "aws-cdk-lib/aws-route53";
import { Construct } from "constructs";
import { hostsOf, socketHost } from "../names.ts";
import type { Region } from "../plan/regions.ts";

export interface CellDomainProps {
  readonly domain: { readonly name: string; readonly zoneName: string; readonly zoneId: string };
  readonly region: Region;
}

/** The names of one cell under the stage's domain, with the certificate for them and for the name that all cells share. */
export class CellDomain extends Construct {
  readonly sharedName: string;
  readonly cellName: string;
  /** The same for connections. */
  readonly sharedSocketName: string;
  readonly cellSocketName: string;
  readonly certificate: Certificate;
  readonly #originName: string;
  readonly #socketOriginName: string;
  readonly #zone: IHostedZone;

  constructor(scope: Construct, id: string, { domain, region }: CellDomainProps) {
    super(scope, id);
    const hosts = hostsOf(domain.name, region);
    this.sharedName = domain.name;
    this.cellName = hosts.cell;
    this.sharedSocketName = socketHost(domain.name);
    this.cellSocketName = hosts.cellSocket;
    this.#originName = hosts.origin;
    this.#socketOriginName = hosts.socketOrigin;
    this.#zone = PublicHostedZone.fromPublicHostedZoneAttributes(this, "Zone", {
      hostedZoneId: domain.zoneId,
      zoneName: domain.zoneName,
    });
    this.certificate = new Certificate(this, "Certificate", {
      domainName: this.sharedName,
      subjectAlternativeNames: [this.cellName, this.sharedSocketName, this.cellSocketName],
      validation: CertificateValidation.fromDns(this.#zone),
    });
  }

  /** Leads the cell's own name, and this region's share of the shared one, to the door. */
  leadTo(targets: { readonly cell: IAliasRecordTarget; readonly shared: IAliasRecordTarget }): void {
    this.#record("Cell", this.cellName, targets.cell);
    this.#record("Origin", this.#originName, targets.shared);
  }

  /** Likewise to the door of connections. */
  leadSocketsTo(targets: { readonly cell: IAliasRecordTarget; readonly shared: IAliasRecordTarget }): void {
    this.#record("CellSockets", this.cellSocketName, targets.cell);
    this.#record("SocketOrigin", this.#socketOriginName, targets.shared);
  }

  #record(id: string, host: string, target: IAliasRecordTarget): void {
    new ARecord(this, id, { zone: this.#zone, recordName: `${host}.`, target: RecordTarget.fromAlias(target) });
  }
}
