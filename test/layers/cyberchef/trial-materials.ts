import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  const rsa = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const ec = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "sec1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const issued = issue(rsa.privateKey);
  const [pgpSender, pgpRecipient] = [pgpPair(await makePgpKeys()), pgpPair(await makePgpKeys())];
  return {
    pgpSender,
    pgpRecipient,
    rsaPrivate: rsa.privateKey,
    rsaPublic: rsa.publicKey,
    ecPrivate: ec.privateKey,
    ecPublic: ec.publicKey,
    ...issued,
    ...(await overhearTls(rsa.privateKey, issued.certificate)),
  };
}

function pgpPair(armoured: string): PgpPair {
  const [privateKey = "", publicKey = ""] =
    armoured.match(/-----BEGIN PGP (?:PUBLIC|PRIVATE) KEY BLOCK-----[\s\S]+?-----END PGP [^\n]+-----/g) ?? [];
  return { privateKey, publicKey };
}

function issue(privateKey: string) {
  const folder = mkdtempSync(join(tmpdir(), "trial-"));
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
  try {
    writeFileSync(join(folder, "key.pem"), privateKey);
    writeFileSync(join(folder, "index.txt"), "");
    writeFileSync(
      join(folder, "ca.cnf"),
      "[ca]\ndefault_ca=here\n[here]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=30\n",
    );
    openssl("req", "-x509", "-key", "key.pem", "-subj", "/CN=trial.example", "-days", "30", "-out", "cert.pem");
    openssl("req", "-new", "-key", "key.pem", "-subj", "/CN=trial.example", "-out", "request.pem");
    openssl("ca", "-config", "ca.cnf", "-gencrl", "-keyfile", "key.pem", "-cert", "cert.pem", "-out", "crl.pem");
    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    return { certificate: read("cert.pem"), request: read("request.pem"), revocations: read("crl.pem") };
  } finally {
    rmSync(folder, { recursive: true });
  }
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
