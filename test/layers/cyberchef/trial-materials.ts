import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { connect, createServer as createTlsServer } from "node:tls";

/** What some operations accept and nobody writes by hand: keys, certificates, the greetings of real connections. */
export interface Materials {
  readonly rsaPrivate: string;
  readonly rsaPublic: string;
  readonly ecPrivate: string;
  readonly ecPublic: string;
  readonly certificate: string;
  readonly request: string;
  readonly revocations: string;
  readonly clientHelloHex: string;
  readonly serverHelloHex: string;
  readonly pgpSender: PgpPair;
  readonly pgpRecipient: PgpPair;
}

interface PgpPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** @param makePgpKeys answers with a private and a public key, armoured, one after the other. */
export async function makeMaterials(makePgpKeys: () => Promise<string>): Promise<Materials> {
  const trial = issued();
  const ec = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "sec1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const [pgpSender, pgpRecipient] = [pgpPair(await makePgpKeys()), pgpPair(await makePgpKeys())];
  return {
    pgpSender,
    pgpRecipient,
    ...trial,
    rsaPublic: createPublicKey(trial.rsaPrivate).export({ type: "spki", format: "pem" }).toString(),
    ecPrivate: ec.privateKey,
    ecPublic: ec.publicKey,
    ...(await overhearTls(trial.rsaPrivate, trial.certificate)),
  };
}

function pgpPair(armoured: string): PgpPair {
  const [privateKey = "", publicKey = ""] =
    armoured.match(/-----BEGIN PGP (?:PUBLIC|PRIVATE) KEY BLOCK-----[\s\S]+?-----END PGP [^\n]+-----/g) ?? [];
  return { privateKey, publicKey };
}

/** A key and what was issued for it, all of one authority that is trusted nowhere; good for a hundred years. */
function issued() {
  const read = (name: string) => readFileSync(new URL(`../../fixtures/trial/${name}.pem`, import.meta.url), "utf8");
  return {
    rsaPrivate: read("key"),
    certificate: read("certificate"),
    request: read("request"),
    revocations: read("revocations"),
  };
}

/** The first bytes that each side of a TLS connection says, heard by a proxy between them. */
async function overhearTls(key: string, cert: string) {
  const server = createTlsServer({ key, cert }, (socket) => socket.end());
  const serverPort = await listening(server);
  const heard: Buffer[][] = [[], []];
  const proxy = createServer((client) => {
    const behind = createConnection({ port: serverPort, host: "127.0.0.1" });
    overhear(client, behind, heard[0] ?? []);
    overhear(behind, client, heard[1] ?? []);
  });
  const client = connect({ port: await listening(proxy), host: "127.0.0.1", rejectUnauthorized: false });
  await new Promise((resolve) => client.once("close", resolve).resume());
  server.close();
  proxy.close();
  const [clientHelloHex = "", serverHelloHex = ""] = heard.map((chunks) => firstRecord(Buffer.concat(chunks)));
  return { clientHelloHex, serverHelloHex };
}

function overhear(from: Socket, to: Socket, heard: Buffer[]): void {
  from.on("data", (chunk: Buffer) => {
    heard.push(chunk);
    to.write(chunk);
  });
  from.on("end", () => to.end());
  from.on("error", () => to.destroy());
}

/** A record's length stands in its fourth and fifth byte (RFC 8446, section 5.1). */
function firstRecord(bytes: Buffer): string {
  return bytes.subarray(0, 5 + bytes.readUInt16BE(3)).toString("hex");
}

function listening(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
