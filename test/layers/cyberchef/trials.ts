import type { BakeStep } from "../../../layers/core/recipe/baker.ts";
import type { Input } from "./baker-under-test.ts";
import type { Materials } from "./trial-materials.ts";

/** How to run one operation so that it accepts its input. */
export interface Trial {
  readonly input: Input;
  readonly args?: NonNullable<BakeStep["args"]>;
  /** Steps that make the input. */
  readonly after?: readonly BakeStep[];
}

const KEY_16 = "00112233445566778899aabbccddeeff";
const KEY_8 = "0011223344556677";
const KEY_24 = `${KEY_16}${KEY_8}`;
const KEY_32 = `${KEY_16}${KEY_16}`;
const TEXT = "hello world 123";

/** Not made anew: of one in 65,000 a number is so small that the operation refuses it. */
const EC_SIGNATURE =
  "304502210094b27de91a52f76a1c889728daa65042269c2e0cbf5b98b8f16ba6074600c33c" +
  "0220468be280f5947c42da7953609a0c91fecccfb26eb6fd6d55b058fd3fb265cf1c";

/** What an operation gets that has no trial of its own, by the type of its input. */
export function usualTrial(inputType: string): Trial {
  return { input: inputType === "JSON" ? '{"a":[1,2]}' : TEXT };
}

export function trials(made: Materials): Readonly<Record<string, Trial>> {
  return {
    ...ciphers,
    ...encodings,
    ...compression,
    ...documents,
    ...numbers,
    ...networking,
    ...machines,
    ...images(),
    ...publicKeys(made),
    ...pgp(made),
    ...greetings(made),
  };
}

/** Encrypts the text and decrypts what came of it. */
function cipher(name: string, args: Record<string, unknown>): Readonly<Record<string, Trial>> {
  return {
    [`${name} Encrypt`]: { input: TEXT, args },
    [`${name} Decrypt`]: { input: TEXT, after: [{ operation: `${name} Encrypt`, args }], args },
  };
}

const FERNET_KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

const ciphers: Readonly<Record<string, Trial>> = {
  ...cipher("AES", { key: KEY_16, iv: KEY_16 }),
  ...cipher("Blowfish", { key: KEY_16, iv: KEY_8 }),
  ...cipher("DES", { key: KEY_8, iv: KEY_8 }),
  ...cipher("Triple DES", { key: KEY_24, iv: KEY_8 }),
  ...cipher("Twofish", { key: KEY_16, iv: KEY_16 }),
  ...cipher("PRESENT", { key: KEY_16, iv: KEY_8 }),
  ...cipher("RC6", { key: KEY_16, iv: KEY_16 }),
  ...cipher("SM4", { key: KEY_16, iv: KEY_16, output: "Raw" }),
  ...cipher("TEA", { key: KEY_16, iv: KEY_8 }),
  ...cipher("XTEA", { key: KEY_16, iv: KEY_8 }),
  ...cipher("XXTEA", { key: KEY_16 }),
  ...cipher("Ascon", { key: KEY_16, nonce: KEY_16 }),
  ...cipher("Fernet", { key: FERNET_KEY }),
  ...cipher("LS47", { password: "gnu" }),
  ...cipher("GOST", { key: KEY_32, iv: KEY_8, padding: "PKCS5" }),
  "LS47 Encrypt": { input: "hello_world", args: { password: "gnu" } },
  "LS47 Decrypt": {
    input: "hello_world",
    after: [{ operation: "LS47 Encrypt", args: { password: "gnu" } }],
    args: { password: "gnu" },
  },
  "AES Key Wrap": { input: KEY_16, args: { key_kek: KEY_16 } },
  "AES Key Unwrap": {
    input: KEY_16,
    after: [{ operation: "AES Key Wrap", args: { key_kek: KEY_16 } }],
    args: { key_kek: KEY_16 },
  },
  "Ascon MAC": { input: TEXT, args: { key: KEY_16 } },
  CMAC: { input: TEXT, args: { key: KEY_16 } },
  ChaCha: { input: KEY_16, args: { key: KEY_32, nonce: "000000000000000000000000" } },
  Salsa20: { input: KEY_16, args: { key: KEY_32, nonce: KEY_8 } },
  XSalsa20: { input: KEY_16, args: { key: KEY_32, nonce: KEY_24 } },
  Rabbit: { input: TEXT, args: { key: KEY_16 } },
  "GOST Key Wrap": { input: KEY_32, args: { key: KEY_32, user_key_material: KEY_8, input_type: "Hex" } },
  "GOST Key Unwrap": {
    input: KEY_32,
    after: [
      {
        operation: "GOST Key Wrap",
        args: { key: KEY_32, user_key_material: KEY_8, input_type: "Hex", key_wrapping: "CP" },
      },
    ],
    args: { key: KEY_32, user_key_material: KEY_8, key_wrapping: "CP" },
  },
  "Vigenère Encode": { input: TEXT, args: { key: "lemon" } },
  "Vigenère Decode": { input: TEXT, args: { key: "lemon" } },
  "Citrix CTX1 Decode": { input: TEXT, after: [{ operation: "Citrix CTX1 Encode" }] },
  "Flask Session Sign": { input: '{"user":"ada"}', args: { key: "00ff" } },
  "Flask Session Decode": {
    input: '{"user":"ada"}',
    after: [{ operation: "Flask Session Sign", args: { key: "00ff" } }],
  },
  "Flask Session Verify": {
    input: '{"user":"ada"}',
    after: [{ operation: "Flask Session Sign", args: { key: "00ff" } }],
    args: { key: "00ff" },
  },
};

const encodings: Readonly<Record<string, Trial>> = {
  "A1Z26 Cipher Decode": { input: "8 5 12 12 15" },
  "AMF Encode": { input: '"hello"' },
  "BSON serialise": { input: '{"a":1}' },
  "BSON deserialise": { input: '{"a":1}', after: [{ operation: "BSON serialise" }] },
  "CBOR Decode": { input: { hex: "a16161182a" } },
  "From BCD": { input: "0001 0010 0011" },
  "To BCD": { input: "123" },
  "From Base92": { input: TEXT, after: [{ operation: "To Base92" }] },
  "From Bech32": { input: TEXT, after: [{ operation: "To Bech32" }] },
  "From MessagePack": { input: { hex: "81a16101" } },
  "From Punycode": { input: "mnchen-3ya" },
  "PHP Deserialize": { input: 'a:1:{s:1:"k";i:5;}' },
  "Parity Bit": { input: "1011001" },
  "Protobuf Encode": {
    input: '{"name":"ada"}',
    args: { schema_proto_text: 'syntax = "proto3"; message Person { string name = 1; }' },
  },
  "Protobuf Decode": { input: { hex: "089601" } },
  "Rison Decode": { input: "(a:1,b:!t)" },
  "To Float": { input: { hex: "3f800000" } },
  "VarInt Encode": { input: "300" },
  "Object Identifier to Hex": { input: "1.2.840.113549" },
  // An object container file (Apache Avro 1.11, "Object Container Files") that holds one text.
  "Avro to JSON": {
    input: {
      hex: `4f626a0102166176726f2e736368656d61107b2274797065223a22737472696e67227d00${KEY_16}0206046869${KEY_16}`.replace(
        "617610",
        "617622",
      ),
    },
  },
};

const compression: Readonly<Record<string, Trial>> = {
  "Bzip2 Decompress": { input: TEXT, after: [{ operation: "Bzip2 Compress" }] },
  Gunzip: { input: TEXT, after: [{ operation: "Gzip" }] },
  "LZ4 Decompress": { input: TEXT, after: [{ operation: "LZ4 Compress" }] },
  "LZMA Decompress": { input: TEXT, after: [{ operation: "LZMA Compress" }] },
  "LZString Decompress": { input: TEXT, after: [{ operation: "LZString Compress" }] },
  "Raw Inflate": { input: TEXT, after: [{ operation: "Raw Deflate" }] },
  "Zlib Inflate": { input: TEXT, after: [{ operation: "Zlib Deflate" }] },
  Untar: { input: TEXT, after: [{ operation: "Tar" }] },
  Unzip: { input: TEXT, after: [{ operation: "Zip" }] },
  // [MS-XCA] sections 3.1 and 3.2.
  "XPRESS Decompress": { input: { hex: "ffffff1f61626317000fff2601" } },
  "XPRESS LZ77+Huffman Decompress": { input: { hex: huffman() }, args: { decompressed_size: 26 } },
  "LZNT1 Decompress": { input: { hex: "1ab000636f6d70726573730065647465737464610474610788616c6f74" } },
};

const documents: Readonly<Record<string, Trial>> = {
  "JPath expression": { input: '{"a":[1,2]}', args: { query: "$.a[0]" } },
  "JSON Beautify": { input: '{"a":[1,2]}' },
  "JSON Minify": { input: '{"a": [1, 2]}' },
  "Jsonata Query": { input: '{"a":[1,2]}', args: { query: "$sum(a)" } },
  "JWK to PEM": { input: '{"kty":"RSA","n":"sXchTg","e":"AQAB"}' },
  "JWT Decode": { input: '{"user":"ada"}', after: [{ operation: "JWT Sign" }] },
  "JWT Verify": { input: '{"user":"ada"}', after: [{ operation: "JWT Sign" }], args: { public_secret_key: "secret" } },
  "JavaScript Beautify": { input: "const a=1;" },
  "JavaScript Minify": { input: "const a = 1;\nconsole.log(a);" },
  "JavaScript Parser": { input: "const a=1;" },
  "XPath expression": { input: "<a><b>1</b></a>", args: { xpath: "/a/b" } },
  Diff: { input: "one\n\ntwo" },
  "Offset checker": { input: "one\n\none" },
  "Cartesian Product": { input: "1,2\n\n3,4" },
  "Set Difference": { input: "1,2\n\n2,3" },
  "Set Intersection": { input: "1,2\n\n2,3" },
  "Set Union": { input: "1,2\n\n2,3" },
  "Symmetric Difference": { input: "1,2\n\n2,3" },
  "Hamming Distance": { input: "karolin\n\nkathrin" },
  "Levenshtein Distance": { input: "kitten\nsitting" },
  "Heatmap chart": { input: "1 2\n3 4\n5 6" },
  "Hex Density chart": { input: "1 2\n3 4\n5 6" },
  "Scatter chart": { input: "1 2\n3 4\n5 6" },
  "Parse UNIX file permissions": { input: "drwxr-xr-x" },
  "Show on map": { input: "51.5, -0.1" },
  "Convert co-ordinate format": { input: "51.5, -0.1" },
  "Haversine distance": { input: "51.487263,-0.124323, 38.9517,-77.1467" },
  "ELF Info": { input: { hex: elf() } },
  "Play Media": { input: { hex: `524946462400000057415645666d7420${"00".repeat(28)}` }, args: { input_format: "Raw" } },
  "Extract ID3": { input: { hex: id3() } },
};

const numbers: Readonly<Record<string, Trial>> = {
  "Analyse UUID": { input: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6" },
  "Analyse hash": { input: "5d41402abc4b2a76b9719d911017c592" },
  "Bcrypt parse": { input: "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy" },
  "Compare CTPH hashes": { input: "A:Nnwq:Nw\nA:Nnwq:Nw" },
  "Compare SSDEEP hashes": { input: "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C\n3:AXGBicFlIHBGcL6wCrFQEv:AXGH6xLsr2C" },
  "Extended GCD": { input: "", args: { value_a: "240", value_b: "46" } },
  "Modular Exponentiation": { input: "", args: { base: "4", modulus: "497", exponent: "13" } },
  "Modular Inverse": { input: "", args: { value_a: "3", modulus_m: "11" } },
  "Generate HOTP": { input: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" },
  "Generate TOTP": { input: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" },
  "Luhn Checksum": { input: "7992739871" },
  "Parse ObjectID timestamp": { input: "507f1f77bcf86cd799439011" },
  "UNIX Timestamp to Windows Filetime": { input: "0" },
  "Windows Filetime to UNIX Timestamp": { input: "116444736000000000" },
};

const networking: Readonly<Record<string, Trial>> = {
  "Parse IP range": { input: "10.0.0.0/24" },
  "Parse IPv6 address": { input: "2001:db8::1" },
  "Parse TCP": { input: "c2eb0050a138132e70dc9fb9501804025ea70000" },
  "Parse UDP": { input: "04890035002c0101" },
  "Strip IPv4 header": { input: { hex: "450000140001000040067cc97f0000017f000001aabb" } },
  "Strip TCP header": { input: { hex: "c2eb0050a138132e70dc9fb9501804025ea70000aabb" } },
  "HASSH Client Fingerprint": { input: sshKeyExchange() },
  "HASSH Server Fingerprint": { input: sshKeyExchange() },
  // The key of the example in RFC 4716's form, wrapped as RFC 4253, section 6.6 has it.
  "Parse SSH Host Key": {
    input: { hex: "000000077373682d727361000000030100010000000300c0ff" },
    after: [{ operation: "To Base64" }],
  },
};

const ROTORS = "EKMFLGDQVZNTOWYHXUSPAIBRCJ<R\nAJDKSIRUXBLHWTMCQGZNPYFVOE<F\nBDFHJLCPRTXVZNYEIWGAKMUSQO<W";
const REFLECTOR = "AY BR CU DH EQ FS GL IP JX KN MO TZ VW";

const machines: Readonly<Record<string, Trial>> = {
  Bombe: { input: "BBYFLTHHYIJQAYBBYS", args: { crib: "THISISATESTMESSAGE", use_checking_machine: false } },
  "Multiple Bombe": {
    input: "BBYFLTHHYIJQAYBBYS",
    args: {
      standard_enigmas: "User defined",
      main_rotors: ROTORS,
      reflectors: REFLECTOR,
      crib: "THISISATESTMESSAGE",
      use_checking_machine: false,
    },
  },
  Colossus: { input: "CTBKJUVXHZ", args: { qbusz: "Z", program_to_run: "Letter Count" } },
  "Disassemble ARM": { input: "1eff2fe1" },
};

const IMAGE_OPERATIONS = [
  "Add Text To Image",
  "Blur Image",
  "Contain Image",
  "Convert Image Format",
  "Cover Image",
  "Crop Image",
  "Dither Image",
  "Extract LSB",
  "Extract RGBA",
  "Flip Image",
  "Image Brightness / Contrast",
  "Image Filter",
  "Image Hue/Saturation/Lightness",
  "Image Opacity",
  "Invert Image",
  "Normalise Image",
  "Randomize Colour Palette",
  "Render Image",
  "Resize Image",
  "Rotate Image",
  "Sharpen Image",
  "Split Colour Channels",
  "View Bit Plane",
];

function images(): Readonly<Record<string, Trial>> {
  const picture: Trial = { input: TEXT, after: [{ operation: "Generate Image", args: { pixels_per_row: 4 } }] };
  const photograph: Trial = {
    input: TEXT,
    after: [...(picture.after ?? []), { operation: "Convert Image Format", args: { output_format: "JPEG" } }],
  };
  return {
    ...Object.fromEntries(IMAGE_OPERATIONS.map((name) => [name, picture])),
    "Add Text To Image": { ...picture, args: { text: "hi" } },
    "Contain Image": { ...picture, args: { width: 8, height: 8 } },
    "Cover Image": { ...picture, args: { width: 8, height: 8 } },
    "Crop Image": { ...picture, args: { width: 2, height: 2 } },
    "Resize Image": { ...picture, args: { width: 8, height: 8 } },
    "Render Image": { ...picture, args: { input_format: "Raw" } },
    "Extract EXIF": photograph,
    "Remove EXIF": photograph,
    "Parse QR Code": { input: TEXT, after: [{ operation: "Generate QR Code" }] },
    "Render PDF": {
      input: TEXT,
      after: [{ operation: "Generate QR Code", args: { image_format: "PDF" } }],
      args: { input_format: "Raw" },
    },
  };
}

function publicKeys(made: Materials): Readonly<Record<string, Trial>> {
  const { rsaPrivate, rsaPublic, ecPrivate, ecPublic } = made;
  const rsaSigned = { operation: "RSA Sign", args: { rsa_private_key_pem: rsaPrivate } };
  const ecSigned = { operation: "ECDSA Sign", args: { ecdsa_private_key_pem: ecPrivate } };
  const rsaEncrypted = { operation: "RSA Encrypt", args: { rsa_public_key_pem: rsaPublic } };
  const sm2Private = "E74A72505084C3269AA9B696D603E3E08C74C6740212C11A31E26CDFE08BDF6A";
  const sm2 = {
    public_key_x: "F7D903CAB7925066C31150A92B31E548E63F954F92D01EAA0271FB2A336BAEF8",
    public_key_y: "FB0C45E410EF7A6CDAE724E6A78DBFF52562E97EDE009E762B667D9B14ADEA6C",
  };
  return {
    "RSA Sign": { input: TEXT, args: rsaSigned.args },
    "RSA Verify": { input: TEXT, after: [rsaSigned], args: { rsa_public_key_pem: rsaPublic, message: TEXT } },
    "RSA Encrypt": { input: TEXT, args: rsaEncrypted.args },
    "RSA Decrypt": { input: TEXT, after: [rsaEncrypted], args: { rsa_private_key_pem: rsaPrivate } },
    "ECDSA Sign": { input: TEXT, args: ecSigned.args },
    "ECDSA Verify": { input: TEXT, after: [ecSigned], args: { ecdsa_public_key_pem: ecPublic, message: TEXT } },
    "ECDSA Signature Conversion": { input: EC_SIGNATURE, args: { output_format: "P1363 HEX" } },
    "Public Key from Private Key": { input: rsaPrivate },
    "Public Key from Certificate": { input: made.certificate },
    "Parse X.509 certificate": { input: made.certificate, args: { input_format: "PEM" } },
    "Parse X.509 CRL": { input: made.revocations },
    "Parse CSR": { input: made.request },
    "PEM to Hex": { input: rsaPublic },
    "PEM to JWK": { input: rsaPublic },
    "SM2 Encrypt": { input: TEXT, args: sm2 },
    "SM2 Decrypt": { input: TEXT, after: [{ operation: "SM2 Encrypt", args: sm2 }], args: { private_key: sm2Private } },
  };
}

function pgp({ pgpSender, pgpRecipient }: Materials): Readonly<Record<string, Trial>> {
  const sender = { private_key_of_signer: pgpSender.privateKey };
  const recipient = { public_key_of_recipient: pgpRecipient.publicKey };
  const opened = { private_key_of_recipient: pgpRecipient.privateKey };
  const signer = { public_key_of_signer: pgpSender.publicKey };
  return {
    "Parse PGP Key": { input: pgpSender.publicKey },
    "PGP Sign": { input: TEXT, args: sender },
    "PGP Verify": { input: TEXT, after: [{ operation: "PGP Sign", args: sender }], args: signer },
    "PGP Encrypt": { input: TEXT, args: recipient },
    "PGP Decrypt": { input: TEXT, after: [{ operation: "PGP Encrypt", args: recipient }], args: opened },
    "PGP Encrypt and Sign": { input: TEXT, args: { ...sender, ...recipient } },
    "PGP Decrypt and Verify": {
      input: TEXT,
      after: [{ operation: "PGP Encrypt and Sign", args: { ...sender, ...recipient } }],
      args: { ...signer, ...opened },
    },
  };
}

function greetings({ clientHelloHex, serverHelloHex }: Materials): Readonly<Record<string, Trial>> {
  return {
    "JA3 Fingerprint": { input: clientHelloHex },
    "JA3S Fingerprint": { input: serverHelloHex },
    "JA4 Fingerprint": { input: clientHelloHex },
    "JA4Server Fingerprint": { input: serverHelloHex },
  };
}

/** The alphabet, as [MS-XCA] section 3.1 has it: code lengths of 512 symbols, four bits each, and then the codes. */
function huffman(): string {
  const lengths = Buffer.alloc(256);
  lengths.set(Buffer.from("505555555555555555555545440400", "hex"), 48);
  lengths[128] = 4;
  return `${lengths.toString("hex")}d8523ed794115be9195ff9d67cdf8d0400000000`;
}

/** The shortest header of a 64-bit program (System V ABI, "ELF Header") without sections. */
function elf(): string {
  return `7f454c46020101${"00".repeat(9)}02003e0001000000${"00".repeat(28)}4000380000004000000000`.padEnd(128, "0");
}

/** A tag of ID3v2.3 with a title frame (id3.org, "ID3 tag version 2.3.0"). */
function id3(): string {
  const frame = `54495432${"00000006"}0000${"00"}68656c6c6f`;
  return `494433030000${"00000010"}${frame}${"00".repeat(20)}`;
}

/** SSH_MSG_KEXINIT (RFC 4253, section 7.1) with one name in each list. */
function sshKeyExchange(): string {
  const lists = [
    "curve25519-sha256",
    "ssh-ed25519",
    "aes128-ctr",
    "aes128-ctr",
    "hmac-sha2-256",
    "hmac-sha2-256",
    "none",
    "none",
    "",
    "",
  ];
  const names = lists.map((list) => Buffer.concat([uint32(list.length), Buffer.from(list)]));
  const payload = Buffer.concat([Buffer.from([20]), Buffer.alloc(16), ...names, Buffer.from([0]), uint32(0)]);
  const padding = Buffer.alloc(8);
  return Buffer.concat([
    uint32(payload.length + padding.length + 1),
    Buffer.from([padding.length]),
    payload,
    padding,
  ]).toString("hex");
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
