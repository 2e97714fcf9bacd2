import type { Clock } from "../core/ports/clock.ts";
import type { Secret, SecretVersions } from "../core/ports/secrets.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import type { SecretsClient } from "./client.ts";

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
  if (current === undefined) throw new SecretNotText(stored.id);
  return { current, ...(previous !== undefined && { previous }) };
}

async function readStage({ client: lazy, id }: StoredSecret, stage: string): Promise<string | undefined> {
  const { client, sdk } = await lazy.open();
  const { SecretString } = await client.send(new sdk.GetSecretValueCommand({ SecretId: id, VersionStage: stage }));
  return SecretString;
}

/** A secret that was never rotated has no version of that stage. */
function noneStaged(error: unknown): undefined {
  if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
  throw error;
}

export class SecretNotText extends Error {
  readonly code = "secret_not_text";
  constructor(id: string) {
    super(`the secret ${id} holds bytes; a text is expected`);
    this.name = "SecretNotText";
  }
}
