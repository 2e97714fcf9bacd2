import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Credentials } from "./signature.ts";

/**
 * Those of whoever runs a command: from the environment, a profile, single sign-on, or the machine's role, in the order in
 * which AWS's own tools look for them. Read once: a command that outlives them fails.
 *
 * Not for functions: they are told theirs, and this loads an SDK.
 *
 * @throws the SDK's own error where there are none.
 */
export async function operatorCredentials(region: string): Promise<Credentials> {
  const client = new DynamoDBClient({ region });
  try {
    const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  } finally {
    client.destroy();
  }
}
