import { beforeAll, describe, expect, test } from "vitest";
import { type OperationIndex, operationIndex } from "../../../layers/cyberchef/operation-index.ts";
import { buildCyberChef, CYBERCHEF_BUILD } from "../../../scripts/build/cyberchef.ts";

let index: OperationIndex;

beforeAll(async () => {
  await buildCyberChef({ report: () => {} });
  index = operationIndex(CYBERCHEF_BUILD);
});

const names = (operations: readonly { readonly name: string }[] | undefined) => operations?.map(({ name }) => name);

test("all operations of CyberChef are there, each with a category, a summary and a chunk", () => {
  const incomplete = index.operations.filter(
    ({ categories, summary, chunk }) => categories.length === 0 || summary === "" || !chunk.endsWith(".mjs"),
  );

  expect(index.operations).toHaveLength(505);
  expect(names(incomplete)).toEqual([]);
  expect(index.version).toBe("11.5.0");
});

test("arguments have unique keys that any client takes, and defaults that are allowed", () => {
  const wrong = index.operations.flatMap(({ name, args }) => {
    const keys = args.map(({ key }) => key);
    const odd = args.filter(
      (argument) =>
        !/^[a-z0-9_]+$/.test(argument.key) ||
        (argument.type === "option" && !argument.options.includes(argument.default)),
    );
    return new Set(keys).size < keys.length || odd.length > 0 ? [name] : [];
  });

  expect(wrong).toEqual([]);
});

describe("search", () => {
  test.each([
    ["to base64", "To Base64"],
    ["sha3", "SHA3"],
    ["gunzip", "Gunzip"],
    ["aes decrypt", "AES Decrypt"],
    ["jwt decode", "JWT Decode"],
    ["qr code", "Parse QR Code"],
  ])("for %s finds %s first", (query, first) => {
    const [found] = index.search(query, 5);

    expect(found?.name).toBe(first);
  });

  test("finds operations by what their description says, where no name has the words", () => {
    const found = names(index.search("alphabet order number", 5));

    expect(found).toContain("A1Z26 Cipher Encode");
  });

  test("answers what has some of the words where nothing has all", () => {
    const found = names(index.search("base64 xyzzyplugh", 3));

    expect(found).toContain("To Base64");
  });

  test("gives no more than asked for, and nothing for nothing", () => {
    expect(index.search("hash", 3)).toHaveLength(3);
    expect(index.search("xyzzyplugh", 3)).toEqual([]);
    expect(index.search("", 3)).toEqual([]);
  });
});

test("a category is found in any case, its operations in the order of their names", () => {
  const hashing = names(index.inCategory("hashing"));

  expect(hashing?.slice(0, 3)).toEqual(["Adler-32 Checksum", "Analyse hash", "Argon2"]);
  expect(index.categories.slice(0, 2)).toEqual(["Data format", "Encryption / Encoding"]);
  expect(index.inCategory("cooking")).toBeUndefined();
});

test.each([
  ["To Bsae64", "To Base64"],
  ["MD55", "MD5"],
  ["aes encryption", "AES Encrypt"],
])("for the wrong name %s, %s is suggested", (wrong, meant) => {
  expect(index.suggest(wrong)).toContain(meant);
});
