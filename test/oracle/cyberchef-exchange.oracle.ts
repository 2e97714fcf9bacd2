import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BakerUnderTest, bakerUnderTest } from "../layers/cyberchef/baker-under-test.ts";

const TEXT = "The quick brown fox jumps over the lazy dog. ".repeat(200);
const MESSAGE = "attack at dawn";

let kitchen: BakerUnderTest;
let folder: string;

beforeAll(async () => {
  kitchen = await bakerUnderTest();
  folder = mkdtempSync(join(tmpdir(), "exchange-"));
});
afterAll(async () => {
  await kitchen.baker.close();
  rmSync(folder, { recursive: true });
});

/** Runs a program over bytes. */
function python(program: string, input: Buffer): Buffer {
  return execFileSync("python3", ["-c", `import sys\ni = sys.stdin.buffer.read()\n${program}`], { input });
}

function openssl(args: readonly string[], input: Buffer): Buffer {
  return execFileSync("openssl", [...args], { cwd: folder, input, stdio: ["pipe", "pipe", "ignore"] });
}

const print = (expression: string) => `sys.stdout.buffer.write(${expression})`;

const FORMATS = [
  { to: "Gzip", from: "Gunzip", module: "gzip", compress: "gzip.compress(i)", expand: "gzip.decompress(i)" },
  {
    to: "Zlib Deflate",
    from: "Zlib Inflate",
    module: "zlib",
    compress: "zlib.compress(i)",
    expand: "zlib.decompress(i)",
  },
  {
    to: "Raw Deflate",
    from: "Raw Inflate",
    module: "zlib",
    compress: "zlib.compressobj(wbits=-15)",
    expand: "zlib.decompress(i, -15)",
  },
  {
    to: "Bzip2 Compress",
    from: "Bzip2 Decompress",
    module: "bz2",
    compress: "bz2.compress(i)",
    expand: "bz2.decompress(i)",
  },
  {
    to: "LZMA Compress",
    from: "LZMA Decompress",
    module: "lzma",
    compress: "lzma.compress(i, format=lzma.FORMAT_ALONE)",
    expand: "lzma.decompress(i)",
  },
];

test.each(FORMATS)("what $to makes, python3's $module expands", async ({ to, module, expand }) => {
  const hex = await kitchen.text(TEXT, [{ operation: to }, { operation: "To Hex", args: { delimiter: "None" } }]);

  const expanded = python(`import ${module}\n${print(expand)}`, Buffer.from(hex, "hex"));

  expect(expanded.toString()).toBe(TEXT);
});

test.each(FORMATS)("what python3's $module compresses, $from expands", async ({ from, module, compress }) => {
  const made = compress.includes("compressobj")
    ? `c = ${compress}\n${print("c.compress(i) + c.flush()")}`
    : print(compress);
  const compressed = python(`import ${module}\n${made}`, Buffer.from(TEXT));

  const expanded = await kitchen.text({ hex: compressed.toString("hex") }, [{ operation: from }]);

  expect(compressed.length).toBeLessThan(TEXT.length);
  expect(expanded).toBe(TEXT);
});

test("the files of a zip that python3 made are listed with their content", async () => {
  const zip = python(
    `import zipfile, io
b = io.BytesIO()
with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("a.txt", "first")
    z.writestr("b.bin", bytes([255, 254]))
${print("b.getvalue()")}`,
    Buffer.alloc(0),
  );

  const files = JSON.parse(await kitchen.text({ hex: zip.toString("hex") }, [{ operation: "Unzip" }]));

  expect(files).toEqual([
    { name: "a.txt", size: 5, text: "first" },
    { name: "b.bin", size: 2, base64: "//4=" },
  ]);
});

test("the files of a tar are one input to the next operation", async () => {
  const tar = python(
    `import tarfile, io
b = io.BytesIO()
with tarfile.open(fileobj=b, mode="w") as t:
    for name, data in (("a", b"one "), ("b", b"two")):
        f = tarfile.TarInfo(name)
        f.size = len(data)
        t.addfile(f, io.BytesIO(data))
${print("b.getvalue()")}`,
    Buffer.alloc(0),
  );

  const joined = await kitchen.text({ hex: tar.toString("hex") }, [
    { operation: "Untar" },
    { operation: "To Upper case" },
  ]);

  expect(joined).toBe("ONE TWO");
});

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

test.each([
  {
    operation: "RSA Sign",
    pair: rsa,
    args: { rsa_private_key_pem: rsa.privateKey, message_digest_algorithm: "SHA-256" },
    raw: true,
  },
  { operation: "ECDSA Sign", pair: ec, args: { ecdsa_private_key_pem: ec.privateKey }, raw: false },
])("openssl verifies what $operation signs", async ({ operation, pair, args, raw }) => {
  const asHex = raw ? [{ operation: "To Hex", args: { delimiter: "None" } }] : [];
  const signature = await kitchen.text(MESSAGE, [{ operation, args }, ...asHex]);
  writeFileSync(join(folder, "public.pem"), pair.publicKey);
  writeFileSync(join(folder, "signature"), Buffer.from(signature, "hex"));

  const verdict = openssl(
    ["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature"],
    Buffer.from(MESSAGE),
  );

  expect(verdict.toString()).toContain("Verified OK");
});

test.each([
  { operation: "RSA Verify", pair: rsa, args: { rsa_public_key_pem: rsa.publicKey }, hex: false },
  { operation: "ECDSA Verify", pair: ec, args: { ecdsa_public_key_pem: ec.publicKey }, hex: true },
])("$operation verifies what openssl signs, and nothing else", async ({ operation, pair, args, hex }) => {
  writeFileSync(join(folder, "private.pem"), pair.privateKey);
  const signature = openssl(["dgst", "-sha256", "-sign", "private.pem"], Buffer.from(MESSAGE)).toString("hex");
  const input = hex ? signature : { hex: signature };
  const verify = (message: string) =>
    kitchen.text(input, [{ operation, args: { ...args, message, message_digest_algorithm: "SHA-256" } }]);

  const verdicts = [await verify(MESSAGE), await verify("attack at noon")];

  expect(verdicts[0]).toMatch(/verified ok/i);
  expect(verdicts[1]).not.toMatch(/verified ok/i);
});

test("openssl decrypts what RSA Encrypt encrypts", async () => {
  const steps = [
    { operation: "RSA Encrypt", args: { rsa_public_key_pem: rsa.publicKey } },
    { operation: "To Hex", args: { delimiter: "None" } },
  ];
  const encrypted = Buffer.from(await kitchen.text(MESSAGE, steps), "hex");
  writeFileSync(join(folder, "private.pem"), rsa.privateKey);

  const decrypted = openssl(
    ["pkeyutl", "-decrypt", "-inkey", "private.pem", "-pkeyopt", "rsa_padding_mode:oaep"],
    encrypted,
  );

  expect(decrypted.toString()).toBe(MESSAGE);
});

test("python3 checks the signature of a token that JWT Sign made", async () => {
  const token = await kitchen.text('{"user":"ada"}', [{ operation: "JWT Sign", args: { private_secret_key: "shh" } }]);
  const [head = "", claims = "", signature] = token.split(".");

  const expected = python(
    `import hmac, base64\n${print("base64.urlsafe_b64encode(hmac.digest(b'shh', i, 'sha256')).rstrip(b'=')")}`,
    Buffer.from(`${head}.${claims}`),
  );

  expect(signature).toBe(expected.toString());
  expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({ user: "ada" });
});

test("a certificate that openssl made is read as openssl reads it", async () => {
  writeFileSync(join(folder, "private.pem"), rsa.privateKey);
  const certificate = openssl(
    ["req", "-x509", "-key", "private.pem", "-subj", "/C=NO/O=Skein/CN=a.example", "-days", "2"],
    Buffer.alloc(0),
  );
  const fingerprint = openssl(["x509", "-noout", "-fingerprint", "-sha256"], certificate).toString();
  const hex = fingerprint
    .slice(fingerprint.indexOf("=") + 1)
    .replaceAll(":", "")
    .trim()
    .toLowerCase();

  const read = await kitchen.text(certificate.toString(), [
    { operation: "Parse X.509 certificate", args: { input_format: "PEM" } },
  ]);
  const der = await kitchen.text(certificate.toString(), [
    { operation: "PEM to Hex" },
    { operation: "From Hex", args: ["None"] },
    { operation: "SHA2", args: { size: "256" } },
  ]);

  expect(read).toContain("CN = a.example");
  expect(der).toBe(hex);
});

test.each([
  ["v1", 1],
  ["v4", 4],
  ["v7", 7],
] as const)("python3 reads a UUID of version %s as one", async (version, number) => {
  const id = await kitchen.text("", [{ operation: "Generate UUID", args: { version } }]);

  const read = python(`import uuid\n${print("str(uuid.UUID(i.decode()).version).encode()")}`, Buffer.from(id));

  expect(read.toString()).toBe(String(number));
});
