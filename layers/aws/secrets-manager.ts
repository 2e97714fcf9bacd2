import type { Clock } from "../core/ports/clock.ts";
import type { Secret, SecretVersions } from "../core/ports/secrets.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import { ATTEMPTS_MAX } from "./client.ts";
import type { Credentials } from "./signature.ts";
import { type PostAnswer, signedPost } from "./signed-post.ts";

export interface StoredSecret {
  readonly place: SecretsPlace;
  /** Its name or ARN. */
  readonly id: string;
  readonly clock: Clock;
}

/** Where the secrets of a function's region are, and with whose rights it reads them. */
export interface SecretsPlace {
  readonly region: string;
  readonly endpoint: URL;
  readonly credentials: Credentials;
}

/** Of one attempt. All attempts together stay under the ten seconds that an environment has to start. */
const TIMEOUT_MS = 2000;
const RETRY_AFTER_MS = 100;

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
async function readStage({ place, id, clock }: StoredSecret, stage: string): Promise<string> {
  const call = { ...place, service: "secretsmanager", target: "secretsmanager.GetSecretValue" };
  const body = JSON.stringify({ SecretId: id, VersionStage: stage });
  for (let attempt = 1; ; attempt++) {
    const answer = await answered(signedPost({ ...call, body, nowMs: clock.nowMs() }, AbortSignal.timeout(TIMEOUT_MS)));
    if (!("refusal" in answer)) return answer.secret;
    if (!answer.mayPass || attempt === ATTEMPTS_MAX) throw answer.refusal;
    await clock.sleep(RETRY_AFTER_MS * attempt);
  }
}

type Answered = { readonly secret: string } | { readonly refusal: unknown; readonly mayPass: boolean };

async function answered(posting: Promise<PostAnswer>): Promise<Answered> {
  try {
    const { status, body } = await posting;
    const told: object = Object(JSON.parse(body));
    if (status === 200 && "SecretString" in told && typeof told.SecretString === "string") {
      return { secret: told.SecretString };
    }
    const type = "__type" in told ? String(told.__type) : "no text in it";
    const refusal = new SecretRefused(type.slice(type.indexOf("#") + 1));
    return { refusal, mayPass: status >= 500 || refusal.reason === "ThrottlingException" };
  } catch (refusal) {
    return { refusal, mayPass: true };
  }
}

/** A secret that was never rotated has no version of that stage. */
function noneStaged(error: unknown): undefined {
  if (error instanceof SecretRefused && error.reason === "ResourceNotFoundException") return undefined;
  throw error;
}

/** Secrets Manager has answered, but not with a text. */
export class SecretRefused extends Error {
  readonly code = "secret_refused";
  /** The service's own name for it. */
  readonly reason: string;
  constructor(reason: string) {
    super(`a secret can't be read: ${reason}`);
    this.name = "SecretRefused";
    this.reason = reason;
  }
}
