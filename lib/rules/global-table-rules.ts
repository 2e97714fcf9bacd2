import * as z from "zod";
import { STRONG_REGIONS_COUNT } from "../plan/regions.ts";
import type { HouseRule, TemplateResource } from "./template.ts";

const GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable";

const Replica = z.object({
  DeletionProtectionEnabled: z.unknown().optional(),
  PointInTimeRecoverySpecification: z.object({ PointInTimeRecoveryEnabled: z.unknown().optional() }).optional(),
});

const GlobalTable = z.object({
  Replicas: z.array(Replica),
  GlobalTableWitnesses: z.array(z.unknown()).default([]),
  MultiRegionConsistency: z.unknown().optional(),
  TimeToLiveSpecification: z.unknown().optional(),
  LocalSecondaryIndexes: z.unknown().optional(),
});

type GlobalTable = z.infer<typeof GlobalTable>;

const UNREADABLE = "Properties.Replicas";

/** For each replica the place of what it lacks. */
function inEachReplica(isKept: (replica: z.infer<typeof Replica>) => boolean, where: string) {
  return (properties: TemplateResource["properties"]): readonly string[] => {
    const table = GlobalTable.safeParse(properties);
    if (!table.success) return [UNREADABLE];
    return table.data.Replicas.flatMap((replica, index) =>
      isKept(replica) ? [] : [`Properties.Replicas.${index}.${where}`],
    );
  };
}

function whereStrong(breaches: (table: GlobalTable) => readonly string[]) {
  return (properties: TemplateResource["properties"]): readonly string[] => {
    const table = GlobalTable.safeParse(properties);
    if (!table.success) return [UNREADABLE];
    return table.data.MultiRegionConsistency === "STRONG" ? breaches(table.data) : [];
  };
}

/** What cdk-nag checks on single tables alone, and what DynamoDB refuses of strong ones only when it makes them. */
export const GLOBAL_TABLE_RULES: readonly HouseRule[] = [
  {
    id: "global-table-recoverable",
    promise: "each replica of a global table can be restored to a point in time",
    appliesTo: GLOBAL_TABLE,
    breaches: inEachReplica(
      (replica) => replica.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled === true,
      "PointInTimeRecoverySpecification",
    ),
  },
  {
    id: "global-table-protected",
    promise: "each replica of a global table is protected from deletion",
    appliesTo: GLOBAL_TABLE,
    breaches: inEachReplica((replica) => replica.DeletionProtectionEnabled === true, "DeletionProtectionEnabled"),
  },
  {
    id: "strong-table-without-expiry",
    promise: "a strongly consistent global table has no expiry of items",
    appliesTo: GLOBAL_TABLE,
    breaches: whereStrong((table) =>
      table.TimeToLiveSpecification === undefined ? [] : ["Properties.TimeToLiveSpecification"],
    ),
  },
  {
    id: "strong-table-without-local-indexes",
    promise: "a strongly consistent global table has no local secondary index",
    appliesTo: GLOBAL_TABLE,
    breaches: whereStrong((table) =>
      table.LocalSecondaryIndexes === undefined ? [] : ["Properties.LocalSecondaryIndexes"],
    ),
  },
  {
    id: "strong-table-in-three-regions",
    promise: "a strongly consistent global table has three replicas, or two and a witness",
    appliesTo: GLOBAL_TABLE,
    breaches: whereStrong(({ Replicas, GlobalTableWitnesses }) => {
      const isPossible = Replicas.length + GlobalTableWitnesses.length === STRONG_REGIONS_COUNT;
      return isPossible && GlobalTableWitnesses.length <= 1 ? [] : ["Properties.Replicas"];
    }),
  },
];
