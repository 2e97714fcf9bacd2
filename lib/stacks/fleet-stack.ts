import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { AccountBudget } from "../constructs/account-budget.ts";
import { AlarmTopic } from "../constructs/alarm-topic.ts";
import { SharedName } from "../constructs/shared-name.ts";
import { namesOf } from "../names.ts";
import type { RegionStackProps } from "./region-state-stack.ts";

/** What is one for all cells and keeps nothing: the shared name, who watches it, and the budget. */
export class FleetStack extends Stack {
  constructor(scope: Construct, id: string, { stage, region: _, ...props }: RegionStackProps) {
    super(scope, id, props);
    const { domain, regions, operatorEmail, budgetUsd } = stage;
    const names = namesOf(stage);
    new AccountBudget(this, "Budget", { name: names.stack("month"), usdAMonth: budgetUsd, operatorEmail });
    if (domain === "none") return;
    const { topic } = new AlarmTopic(this, "Alarms", { operatorEmail });
    new SharedName(this, "Name", { domain, regions, topic, alarmName: (region) => names.alarm(`out-${region}`) });
  }
}
