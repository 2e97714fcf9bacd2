import { expect, test } from "vitest";
import { holdVectors } from "../layers/cyberchef/vectors/hold-vectors.ts";
import { opensslVectors } from "../layers/cyberchef/vectors/openssl-vectors.ts";
import { pythonVectors } from "../layers/cyberchef/vectors/python-vectors.ts";

const MADE_HERE_MIN = 100;

const made = { "what python3 makes of it": pythonVectors(), "what openssl makes of it": opensslVectors() };

holdVectors(made);

test("there are enough of them", () => {
  expect(Object.values(made).flat().length).toBeGreaterThanOrEqual(MADE_HERE_MIN);
});
