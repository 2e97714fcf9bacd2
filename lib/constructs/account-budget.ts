import { CfnBudget } from "aws-cdk-lib/aws-budgets";
import { Construct } from "constructs";

export interface AccountBudgetProps {
  readonly name: string;
  readonly usdAMonth: number;
  readonly operatorEmail: string;
}

/**
 * Tells the operator when the account has spent most of its month, and when it is foreseen to spend more. It counts the
 * whole account: a budget by tag counts nothing until someone has switched the tag on for billing.
 */
export class AccountBudget extends Construct {
  constructor(scope: Construct, id: string, { name, usdAMonth, operatorEmail }: AccountBudgetProps) {
    super(scope, id);
    const tell = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
      notification: { notificationType, threshold, thresholdType: "PERCENTAGE", comparisonOperator: "GREATER_THAN" },
      subscribers: [{ subscriptionType: "EMAIL", address: operatorEmail }],
    });
    new CfnBudget(this, "Budget", {
      budget: {
        budgetName: name,
        budgetType: "COST",
        timeUnit: "MONTHLY",
        budgetLimit: { amount: usdAMonth, unit: "USD" },
      },
      notificationsWithSubscribers: [tell("ACTUAL", 80), tell("FORECASTED", 100)],
    });
  }
}
