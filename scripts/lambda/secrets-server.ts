import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import * as z from "zod";

export interface SecretsServer {
  readonly endpoint: string;
  readonly secrets: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const SECRET_CHARACTERS = 64;

const Secrets = z.record(z.string(), z.string());
const Asked = z.object({ SecretId: z.string(), VersionStage: z.string().default("AWSCURRENT") });

/**
 * Secrets as the deployment generates them, kept in a file, behind the one operation of Secrets Manager that functions
 * use. Source: AWS Secrets Manager API reference, GetSecretValue (read 2026-11-20). None was ever rotated.
 */
export async function startSecretsServer(file: string, names: readonly string[]): Promise<SecretsServer> {
  const secrets = keptSecrets(file, names);
  const server = createServer(async (incoming, outgoing) => {
    const { status, body } = await answer(secrets, incoming);
    outgoing.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    secrets,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function keptSecrets(file: string, names: readonly string[]): Record<string, string> {
  const kept = existsSync(file) ? Secrets.parse(JSON.parse(readFileSync(file, "utf8"))) : {};
  const all = Object.fromEntries(names.map((name) => [name, kept[name] ?? generatedSecret()]));
  writeFileSync(file, `${JSON.stringify({ ...kept, ...all }, undefined, 2)}\n`, { mode: 0o600 });
  return all;
}

function generatedSecret(): string {
  return randomBytes(SECRET_CHARACTERS).toString("base64url").slice(0, SECRET_CHARACTERS);
}

async function answer(secrets: Readonly<Record<string, string>>, incoming: IncomingMessage) {
  const asked = Asked.safeParse(await json(incoming).catch(() => undefined));
  if (incoming.headers["x-amz-target"] !== "secretsmanager.GetSecretValue" || !asked.success) {
    return { status: 400, body: { __type: "InvalidRequestException" } };
  }
  const { SecretId: name, VersionStage: stage } = asked.data;
  const secret = stage === "AWSCURRENT" ? secrets[name] : undefined;
  return secret === undefined
    ? { status: 400, body: { __type: "ResourceNotFoundException", Message: `no ${stage} of ${name}` } }
    : { status: 200, body: { Name: name, SecretString: secret, VersionStages: [stage] } };
}
