import { readFileSync } from "node:fs";
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyViolation,
} from "aws-cdk-lib";
import { FAULT_ACTION_RULES } from "./fault-action-rules.ts";
import { GLOBAL_TABLE_RULES } from "./global-table-rules.ts";
import { NOTICE_RULES } from "./notice-rules.ts";
import { TASK_RULES } from "./task-rules.ts";
import { type HouseRule, readTemplate, type TemplateResource } from "./template.ts";

export const HOUSE_RULES: readonly HouseRule[] = [
  ...GLOBAL_TABLE_RULES,
  ...FAULT_ACTION_RULES,
  ...NOTICE_RULES,
  ...TASK_RULES,
];

/** Where a template breaks a rule. */
export interface Breach {
  readonly rule: HouseRule;
  readonly resource: TemplateResource;
  readonly locations: readonly string[];
}

/** Every breach of every rule in one template. */
export function breachesIn(template: unknown): readonly Breach[] {
  return readTemplate(template).flatMap((resource) =>
    HOUSE_RULES.filter(({ appliesTo }) => appliesTo === resource.type).flatMap((rule) => {
      const locations = rule.breaches(resource.properties);
      return locations.length === 0 ? [] : [{ rule, resource, locations }];
    }),
  );
}

/** Our own rules, judged at each synthesis; a breach ends it. */
export class HouseRules implements IPolicyValidationPlugin {
  readonly name = "Skein";
  readonly ruleIds = HOUSE_RULES.map(({ id }) => id);

  validate({ templatePaths }: IPolicyValidationContext): PolicyValidationPluginReport {
    const violations = templatePaths.flatMap((templatePath) => {
      const template: unknown = JSON.parse(readFileSync(templatePath, "utf8"));
      return breachesIn(template).map((breach) => violationOf(breach, templatePath));
    });
    return { success: violations.length === 0, violations };
  }
}

function violationOf({ rule, resource, locations }: Breach, templatePath: string): PolicyViolation {
  const violatingResource = { resourceLogicalId: resource.logicalId, templatePath, locations: [...locations] };
  return {
    ruleName: rule.id,
    description: `It has to hold that ${rule.promise}.`,
    severity: "error",
    violatingResources: [violatingResource],
  };
}
