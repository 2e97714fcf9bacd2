import { expect, test } from "vitest";
import { systemChance } from "../../../layers/node/system-chance.ts";

test("ids are version 4 UUIDs, each its own", () => {
  const ids = Array.from({ length: 1000 }, () => systemChance().uuid());

  expect(ids.filter((id) => !/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toEqual(
    [],
  );
  expect(new Set(ids).size).toBe(1000);
});

test("a token has as many bytes as asked for, in base64url, and never comes twice", () => {
  const tokens = Array.from({ length: 1000 }, () => systemChance().token(9));

  expect(tokens.filter((token) => !/^[A-Za-z0-9_-]{12}$/.test(token))).toEqual([]);
  expect(new Set(tokens).size).toBe(1000);
});
