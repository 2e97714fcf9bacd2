import { expect, test } from "vitest";
import { cipherVectors } from "./vectors/cipher-vectors.ts";
import { encodingVectors } from "./vectors/encoding-vectors.ts";
import { hashVectors } from "./vectors/hash-vectors.ts";
import { holdVectors } from "./vectors/hold-vectors.ts";
import { keyVectors } from "./vectors/key-vectors.ts";

const VECTORS_MIN = 100;

const published = { hashes: hashVectors, ciphers: cipherVectors, keys: keyVectors, encodings: encodingVectors };

holdVectors(published);

test("there are enough published vectors", () => {
  expect(Object.values(published).flat().length).toBeGreaterThanOrEqual(VECTORS_MIN);
});
