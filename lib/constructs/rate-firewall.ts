import { CfnWebACL, CfnWebACLAssociation } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

export interface RateFirewallProps {
  readonly name: string;
  /** Of an API's stage or a load balancer. */
  readonly guardedArn: string;
  /** Requests in five minutes that one address, and one access key, may send. */
  readonly perAddress: number;
  readonly perKey: number;
}

const WINDOW_SECONDS = 300;

/**
 * Counts requests before they cost a function anything, and lets nobody have more than a share. It does not look into
 * bodies: what people decode with CyberChef reads like an attack.
 */
export class RateFirewall extends Construct {
  constructor(scope: Construct, id: string, { name, guardedArn, perAddress, perKey }: RateFirewallProps) {
    super(scope, id);
    const acl = new CfnWebACL(this, "Acl", {
      name,
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      visibilityConfig: counted("all"),
      rules: [
        rateRule({ name: "per-address", priority: 0, limit: perAddress, aggregateKeyType: "IP" }),
        rateRule({
          name: "per-key",
          priority: 1,
          limit: perKey,
          aggregateKeyType: "CUSTOM_KEYS",
          customKeys: [AUTHORIZATION],
        }),
      ],
    });
    new CfnWebACLAssociation(this, "Guarded", { resourceArn: guardedArn, webAclArn: acl.attrArn });
  }
}

const AUTHORIZATION = { header: { name: "authorization", textTransformations: [{ priority: 0, type: "NONE" }] } };

interface RateRule {
  readonly name: string;
  readonly priority: number;
  readonly limit: number;
  readonly aggregateKeyType: "IP" | "CUSTOM_KEYS";
  readonly customKeys?: readonly (typeof AUTHORIZATION)[];
}

function rateRule({ name, priority, limit, aggregateKeyType, customKeys }: RateRule): CfnWebACL.RuleProperty {
  return {
    name,
    priority,
    action: { block: {} },
    visibilityConfig: counted(name),
    statement: {
      rateBasedStatement: {
        limit,
        evaluationWindowSec: WINDOW_SECONDS,
        aggregateKeyType,
        ...(customKeys === undefined ? {} : { customKeys: [...customKeys] }),
      },
    },
  };
}

/** Sampled requests would show the access key to whoever looks at them. */
function counted(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false };
}
