import { from, type Vector } from "./vector.ts";

/** "12345678901234567890" in base 32. */
const HOTP_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

export const keyVectors: readonly Vector[] = [
  ...from("RFC 6070, section 2", [
    [
      "Derive PBKDF2 key",
      { passphrase: "password", salt: { option: "UTF8", string: "salt" }, key_size: 160, iterations: 1 },
      "",
      "0c60c80f961f0e71f3a9b524af6012062fe037a6",
    ],
    [
      "Derive PBKDF2 key",
      { passphrase: "password", salt: { option: "UTF8", string: "salt" }, key_size: 160, iterations: 4096 },
      "",
      "4b007901b765489abead49d926f721d065a429c1",
    ],
  ]),
  ...from("RFC 5869, appendices A.1 and A.3", [
    [
      "Derive HKDF key",
      { salt: "000102030405060708090a0b0c", info: "f0f1f2f3f4f5f6f7f8f9", l_number_of_output_octets: 42 },
      { hex: "0b".repeat(22) },
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ],
    [
      "Derive HKDF key",
      { extract_mode: "no salt", l_number_of_output_octets: 42 },
      { hex: "0b".repeat(22) },
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ],
  ]),
  ...from("RFC 7914, section 12", [
    [
      "Scrypt",
      {
        salt: { option: "UTF8", string: "NaCl" },
        iterations_n: 1024,
        memory_factor_r: 8,
        parallelization_factor_p: 16,
      },
      "password",
      "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
    ],
  ]),
  ...from("The Argon2 reference implementation, src/test.c", [
    [
      "Argon2",
      { salt: "somesalt", iterations: 2, memory_kib: 65536, type: "Argon2i", output_format: "Hex hash" },
      "password",
      "c1628832147d9720c5bd1cfd61367078729f6dfb6f8fea9ff98158e0d7816ed0",
    ],
    [
      "Argon2",
      { salt: "somesalt", iterations: 2, memory_kib: 65536, type: "Argon2id", output_format: "Hex hash" },
      "password",
      "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7",
    ],
  ]),
  ...from("The bcrypt test vectors of jBCrypt, TestBCrypt.java", [
    ["Bcrypt compare", { hash: "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i" }, "abc", "Match: abc"],
    ["Bcrypt compare", { hash: "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i" }, "abd", "No match"],
  ]),
  ...from("RFC 4226, appendix D", [
    ["Generate HOTP", { counter: 0 }, HOTP_SECRET, "Password: 755224"],
    ["Generate HOTP", { counter: 9 }, HOTP_SECRET, "Password: 520489"],
  ]).map((vector) => ({ ...vector, steps: [...vector.steps, { operation: "Tail", args: { number: 1 } }] })),
];
