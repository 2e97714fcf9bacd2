import type { Clock } from "../core/ports/clock.ts";
import type { Secret, SecretVersions } from "../core/ports/secrets.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import { type JsonClient, type JsonClientParts, type JsonService, jsonClient, ServiceRefused } from "./json-client.ts";

/** Secrets Manager as a reader uses it. */
export type SecretsClient = JsonClient<"GetSecretValue">;

/** An environment reads all of its secrets when it starts, and each connection costs it a handshake. */
const CONNECTIONS_MAX = 3;
/** Of one attempt. All attempts together stay under the ten seconds that an environment has to start. */
const TIMEOUT_MS = 2000;

const SECRETS_MANAGER: JsonService = {
  service: "secretsmanager",
  target: "secretsmanager",
  jsonVersion: "1.1",
  connectionsMax: CONNECTIONS_MAX,
  timeoutMs: TIMEOUT_MS,
  passing: new Set(["ThrottlingException"]),
};

export function secretsClient(parts: JsonClientParts): SecretsClient {
  return jsonClient(SECRETS_MANAGER, parts);
}

export interface StoredSecret {
  readonly client: SecretsClient;
  /** Its name or ARN. */
  readonly id: string;
  readonly clock: Clock;
}

/** A secret in Secrets Manager, or its replica in this region. Reads at the same time share one answer. */
export function secretsManagerSecret(stored: StoredSecret): Secret {
  const { clock } = stored;
  let known: { readonly versions: SecretVersions; readonly askedAtMs: number } | undefined;
  let asking: Promise<SecretVersions> | undefined;

  async function ask(): Promise<SecretVersions> {
    const askedAtMs = clock.nowMs();
    try {
      known = { versions: await readVersions(stored), askedAtMs };
    } catch (cause) {
      if (known === undefined) throw new StoreFault("secrets", "read", { cause });
      known = { ...known, askedAtMs };
    } finally {
      asking = undefined;
    }
    return known.versions;
  }

  return {
    async read(ageMaxMs) {
      if (known !== undefined && clock.nowMs() - known.askedAtMs <= ageMaxMs) return known.versions;
      asking ??= ask();
      return asking;
    },
  };
}

async function readVersions(stored: StoredSecret): Promise<SecretVersions> {
  const [current, previous] = await Promise.all([
    readStage(stored, "AWSCURRENT"),
    readStage(stored, "AWSPREVIOUS").catch(noneStaged),
  ]);
  return { current, ...(previous !== undefined && { previous }) };
}

/** Source: Secrets Manager API reference, GetSecretValue (read 2026-11-21). */
async function readStage({ client, id }: StoredSecret, stage: string): Promise<string> {
  const { SecretString: secret } = await client.call("GetSecretValue", { SecretId: id, VersionStage: stage });
  if (typeof secret !== "string") throw new SecretNotText();
  return secret;
}

/** A secret that was never rotated has no version of that stage. */
function noneStaged(error: unknown): undefined {
  if (error instanceof ServiceRefused && error.name === "ResourceNotFoundException") return undefined;
  throw error;
}

/** What is stored is binary. */
export class SecretNotText extends Error {
  readonly code = "secret_not_text";
  constructor() {
    super("a secret holds no text");
    this.name = "SecretNotText";
  }
}
