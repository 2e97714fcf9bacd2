import { dynamoClient } from "../../../layers/aws/client.ts";
import { dynamoTable } from "../../../layers/aws/dynamo-table.ts";
import { tableContract } from "../../contracts/table.contract.ts";
import { localDynamo } from "../../fixtures/local-dynamo.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";

tableContract("DynamoDB", async () => {
  const dynamo = await localDynamo();
  const clock = manualClock();
  const client = dynamoClient(dynamo.settings);
  return {
    table: dynamoTable({ client, tableName: dynamo.tableName, clock }),
    clock,
    close: async () => {
      await client.close();
      await dynamo.close();
    },
  };
});
