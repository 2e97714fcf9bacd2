import { CfnServerlessCache, CfnUser, CfnUserGroup } from "aws-cdk-lib/aws-elasticache";
import { Construct } from "constructs";

export interface RegionCacheProps {
  /** Of the cache, its user and its user's group. */
  readonly name: string;
  readonly storageGbMax: number;
  readonly ecpuPerSecondMax: number;
}

/** The first with public endpoints. Source: ElastiCache user guide, "Create a Valkey serverless cache with a public endpoint". */
const VALKEY_MAJOR_VERSION = "9";

/** The functions read, write and forget; whoever got hold of the user could do no more. */
const USER_ACCESS = "on ~* -@all +get +set +del";

/**
 * One region's Valkey, without a VPC: over TLS from anywhere, and only for roles that may connect to it. Every key in it
 * ends by itself, and the whole of it may be lost at any time.
 */
export class RegionCache extends Construct {
  /** `host:port` */
  readonly endpoint: string;

  constructor(scope: Construct, id: string, { name, storageGbMax, ecpuPerSecondMax }: RegionCacheProps) {
    super(scope, id);
    const user = new CfnUser(this, "User", {
      engine: "valkey",
      userId: name,
      userName: name,
      accessString: USER_ACCESS,
      authenticationMode: { Type: "iam" },
    });
    const group = new CfnUserGroup(this, "Users", { engine: "valkey", userGroupId: name, userIds: [user.ref] });
    const cache = new CfnServerlessCache(this, "Cache", {
      engine: "valkey",
      majorEngineVersion: VALKEY_MAJOR_VERSION,
      serverlessCacheName: name,
      connectionType: "public",
      userGroupId: group.ref,
      cacheUsageLimits: {
        dataStorage: { unit: "GB", maximum: storageGbMax },
        ecpuPerSecond: { maximum: ecpuPerSecondMax },
      },
    });
    this.endpoint = `${cache.attrEndpointAddress}:${cache.attrEndpointPort}`;
  }
}
