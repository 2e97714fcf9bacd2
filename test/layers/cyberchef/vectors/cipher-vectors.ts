import { bytesFrom, from, type Vector } from "./vector.ts";

const AES_KEY = "2b7e151628aed2a6abf7158809cf4f3c";
const AES_BLOCK = "6bc1bee22e409f96e93d7e117393172a";
const AES_IV = "000102030405060708090a0b0c0d0e0f";
const HEX = { input: "Hex", output: "Hex" } as const;
const RAW = { input: "Hex", output: "Raw" } as const;
const KEY_0_TO_31 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

export const cipherVectors: readonly Vector[] = [
  ...from("FIPS 197, appendix C", [
    [
      "AES Encrypt",
      { key: "000102030405060708090a0b0c0d0e0f", mode: "ECB/NoPadding", ...HEX },
      "00112233445566778899aabbccddeeff",
      "69c4e0d86a7b0430d8cdb78070b4c55a",
    ],
    [
      "AES Encrypt",
      { key: "000102030405060708090a0b0c0d0e0f1011121314151617", mode: "ECB/NoPadding", ...HEX },
      "00112233445566778899aabbccddeeff",
      "dda97ca4864cdfe06eaf70a0ec0d7191",
    ],
    [
      "AES Encrypt",
      { key: KEY_0_TO_31, mode: "ECB/NoPadding", ...HEX },
      "00112233445566778899aabbccddeeff",
      "8ea2b7ca516745bfeafc49904b496089",
    ],
  ]),
  ...from("NIST SP 800-38A, appendix F", [
    [
      "AES Encrypt",
      { key: AES_KEY, iv: AES_IV, mode: "CBC/NoPadding", ...HEX },
      AES_BLOCK,
      "7649abac8119b246cee98e9b12e9197d",
    ],
    ["AES Encrypt", { key: AES_KEY, iv: AES_IV, mode: "CFB", ...HEX }, AES_BLOCK, "3b3fd92eb72dad20333449f8e83cfb4a"],
    ["AES Encrypt", { key: AES_KEY, iv: AES_IV, mode: "OFB", ...HEX }, AES_BLOCK, "3b3fd92eb72dad20333449f8e83cfb4a"],
    [
      "AES Encrypt",
      { key: AES_KEY, iv: "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", mode: "CTR", ...HEX },
      AES_BLOCK,
      "874d6191b620e3261bef6864990db6ce",
    ],
    [
      "AES Decrypt",
      { key: AES_KEY, iv: AES_IV, mode: "CBC/NoPadding", ...HEX },
      "7649abac8119b246cee98e9b12e9197d",
      AES_BLOCK,
    ],
  ]),
  ...from("The GCM specification (McGrew and Viega), test case 2", [
    [
      "AES Encrypt",
      { key: "00".repeat(16), iv: "00".repeat(12), mode: "GCM", ...HEX },
      "00".repeat(16),
      "0388dace60b6a392f328c2b971b2fe78\n\nTag: ab6e47d42cec13bdf53a67b21257bddf",
    ],
    [
      "AES Decrypt",
      { key: "00".repeat(16), iv: "00".repeat(12), mode: "GCM", ...HEX, gcm_tag: "ab6e47d42cec13bdf53a67b21257bddf" },
      "0388dace60b6a392f328c2b971b2fe78",
      "00".repeat(16),
    ],
  ]),
  ...from("RFC 3394, section 4.1", [
    [
      "AES Key Wrap",
      { key_kek: "000102030405060708090A0B0C0D0E0F" },
      "00112233445566778899AABBCCDDEEFF",
      "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
    ],
    [
      "AES Key Unwrap",
      { key_kek: "000102030405060708090A0B0C0D0E0F" },
      "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
      "00112233445566778899aabbccddeeff",
    ],
  ]),
  ...bytesFrom("RFC 8439, section 2.4.2 (its first block; the operation counts from the given block)", [
    [
      "ChaCha",
      { key: KEY_0_TO_31, nonce: "000000000000004a00000000", counter: 1, ...RAW },
      Buffer.from("Ladies and Gentlemen of the clas").toString("hex"),
      "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b",
    ],
  ]),
  ...bytesFrom("The eSTREAM test vectors of Salsa20 (256 bits), set 1, vector 0", [
    [
      "Salsa20",
      { key: `80${"00".repeat(31)}`, nonce: "00".repeat(8), ...RAW },
      "00".repeat(32),
      "e3be8fdd8beca2e3ea8ef9475b29a6e7003951e1097a5c38d23b7a5fad9f6844",
    ],
  ]),
  ...from("RFC 6229, section 2 (the key 0x0102030405 at offset 0)", [
    [
      "RC4",
      { passphrase: { option: "Hex", string: "0102030405" }, input_format: "Hex", output_format: "Hex" },
      "00".repeat(16),
      "b2396305f03dc027ccc3524a0a1118a8",
    ],
  ]),
  ...firstBlock("RFC 2268, section 5 (128 bits of effective key)", [
    ["RC2 Encrypt", { key: "88bca90e90875a7f0f79c384627bafb2", ...HEX }, "00".repeat(8), "2269552ab0f85ca6"],
  ]),
  ...from("RFC 4503, appendix A.1", [
    ["Rabbit", { key: "00".repeat(16), ...HEX }, "00".repeat(16), "b15754f036a5d6ecf56b45261c4af702"],
  ]),
  ...bytesFrom("GB/T 32907-2016, appendix A.1", [
    [
      "SM4 Encrypt",
      { key: "0123456789abcdeffedcba9876543210", mode: "ECB/NoPadding", ...RAW },
      "0123456789abcdeffedcba9876543210",
      "681edf34d206965e86b3e94f536e4246",
    ],
  ]),
  ...from("The Twofish paper (Schneier and others, 1998), ECB known answers, 128 bits", [
    [
      "Twofish Encrypt",
      { key: "00".repeat(16), mode: "ECB", padding: "NO", ...HEX },
      "00".repeat(16),
      "9f589f5cf6122c32b6bfec2f2ae8c35a",
    ],
  ]),
  ...from("The PRESENT paper (Bogdanov and others, CHES 2007), appendix I", [
    [
      "PRESENT Encrypt",
      { key: "00".repeat(10), mode: "ECB", padding: "NO", ...HEX },
      "00".repeat(8),
      "5579c1387b228445",
    ],
  ]),
  ...firstBlock("NIST Special Publication 500-20, known answers of DES", [
    ["DES Encrypt", { key: "0101010101010101", mode: "ECB", ...HEX }, "8000000000000000", "95f8a5e5dd31d900"],
    ["DES Encrypt", { key: "8001010101010101", mode: "ECB", ...HEX }, "0000000000000000", "95a8d72813daa94d"],
  ]),
  ...from("RFC 8891, appendix A.3 (Magma)", [
    [
      "GOST Encrypt",
      {
        key: "ffeeddccbbaa99887766554433221100f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        algorithm: "GOST R 34.12 (Magma, 2015)",
        input_type: "Hex",
      },
      "fedcba9876543210",
      "4ee901e5c2d8ca3d",
    ],
  ]),
  ...from("RFC 7801, section 5.5 (Kuznyechik)", [
    [
      "GOST Encrypt",
      {
        key: "8899aabbccddeeff0011223344556677fedcba98765432100123456789abcdef",
        algorithm: "GOST R 34.12 (Kuznyechik, 2015)",
        input_type: "Hex",
      },
      "1122334455667700ffeeddccbbaa9988",
      "7f679d90bebc24305a468d42b9d4edcd",
    ],
  ]),
  ...from("The Fernet specification's verify.json", [
    [
      "Fernet Decrypt",
      { key: "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=" },
      "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==",
      "hello",
    ],
  ]),
];

/** Of operations that always pad: the one block of the vector, and not the block of padding behind it. */
function firstBlock(...vectors: Parameters<typeof from>): readonly Vector[] {
  return from(...vectors).map((vector) => ({
    ...vector,
    steps: [...vector.steps, { operation: "Take bytes", args: { start: 0, length: vector.expected.length } }],
  }));
}
