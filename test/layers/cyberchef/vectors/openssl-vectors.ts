import { execFileSync } from "node:child_process";
import { AS_HEX, type Vector } from "./vector.ts";

const PLAIN = "The quick brown fox jumps over the lazy dog";
const KEY = "00112233445566778899aabbccddeeff";
const IV = "0f0e0d0c0b0a09080706050403020100";

interface Cipher {
  readonly operation: string;
  readonly mode: string;
  /** As `openssl enc` calls it. */
  readonly name: string;
  readonly key: string;
  readonly iv: string;
  readonly legacy?: true;
}

const LONG_KEY = `${KEY}8899aabbccddeeff0011223344556677`;
const TRIPLE_KEY = `${KEY}0123456789abcdef`;
const SHORT_IV = IV.slice(0, 16);

const CIPHERS: readonly Cipher[] = [
  { operation: "AES", mode: "CBC", name: "aes-128-cbc", key: KEY, iv: IV },
  { operation: "AES", mode: "CBC", name: "aes-256-cbc", key: LONG_KEY, iv: IV },
  { operation: "AES", mode: "CTR", name: "aes-192-ctr", key: TRIPLE_KEY, iv: IV },
  { operation: "AES", mode: "OFB", name: "aes-256-ofb", key: LONG_KEY, iv: IV },
  { operation: "AES", mode: "ECB", name: "aes-128-ecb", key: KEY, iv: "" },
  { operation: "Triple DES", mode: "CBC", name: "des-ede3-cbc", key: TRIPLE_KEY, iv: SHORT_IV },
  { operation: "Triple DES", mode: "ECB", name: "des-ede3-ecb", key: TRIPLE_KEY, iv: "" },
  { operation: "DES", mode: "CBC", name: "des-cbc", key: SHORT_IV, iv: SHORT_IV, legacy: true },
  { operation: "Blowfish", mode: "CBC", name: "bf-cbc", key: KEY, iv: SHORT_IV, legacy: true },
  { operation: "Blowfish", mode: "ECB", name: "bf-ecb", key: KEY, iv: "", legacy: true },
  { operation: "SM4", mode: "CBC", name: "sm4-cbc", key: KEY, iv: IV },
];

/** Each cipher one way by CyberChef and openssl, and back by CyberChef from what openssl made. */
export function opensslVectors(): readonly Vector[] {
  return [...CIPHERS.flatMap(bothWays), ...digests()];
}

function bothWays(cipher: Cipher): readonly Vector[] {
  const { operation, mode, key, iv, name } = cipher;
  const encrypted = openssl(encArguments(cipher)).toString("hex");
  const source = `openssl enc -${name}`;
  const args = { key, iv, mode };
  return [
    {
      source,
      input: PLAIN,
      steps: [{ operation: `${operation} Encrypt`, args: { ...args, output: "Raw" } }, AS_HEX],
      expected: encrypted,
    },
    {
      source: `${source} -d`,
      input: encrypted,
      steps: [{ operation: `${operation} Decrypt`, args: { ...args, input: "Hex", output: "Raw" } }],
      expected: PLAIN,
    },
  ];
}

function encArguments({ name, key, iv, legacy }: Cipher): readonly string[] {
  const providers = legacy === true ? ["-provider", "legacy", "-provider", "default"] : [];
  return ["enc", `-${name}`, "-K", key, ...(iv === "" ? [] : ["-iv", iv]), ...providers];
}

function digests(): readonly Vector[] {
  const digest = (name: string) => openssl(["dgst", `-${name}`, "-binary"]).toString("hex");
  const mac = openssl(["mac", "-cipher", "AES-128-CBC", "-macopt", `hexkey:${KEY}`, "CMAC"]);
  return [
    { source: "openssl dgst -sm3", input: PLAIN, steps: [{ operation: "SM3" }], expected: digest("sm3") },
    {
      source: "openssl dgst -rmd160",
      input: PLAIN,
      steps: [{ operation: "RIPEMD", args: { size: "160" } }],
      expected: digest("ripemd160"),
    },
    {
      source: "openssl mac CMAC",
      input: PLAIN,
      steps: [{ operation: "CMAC", args: { key: KEY } }],
      expected: mac.toString().trim().toLowerCase(),
    },
    {
      source: "openssl enc -base64 -d",
      input: "VGhlIHF1aWNrIGJyb3duIGZveA==",
      steps: [{ operation: "From Base64" }, AS_HEX],
      expected: openssl(["enc", "-base64", "-A", "-d"], "VGhlIHF1aWNrIGJyb3duIGZveA==").toString("hex"),
    },
  ];
}

function openssl(args: readonly string[], input = PLAIN): Buffer {
  return execFileSync("openssl", [...args], { input, stdio: ["pipe", "pipe", "ignore"] });
}
