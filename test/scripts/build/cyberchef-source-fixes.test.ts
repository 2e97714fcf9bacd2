import { expect, test } from "vitest";
import { SourceFixOutdated, sourceFixOf } from "../../../scripts/build/cyberchef-source-fixes.ts";

test("a file that is good as it is has no fix", () => {
  expect(sourceFixOf("/cyberchef/src/core/operations/MD5.mjs")).toBeUndefined();
});

test("names that a file uses without declaring them are declared", () => {
  const fix = sourceFixOf("/node_modules/node-md6/md6.js");

  expect(fix?.("_hash = 1;")).toBe("var _hash;\n_hash = 1;");
});

test("tables of code pages are made when they are asked for, and once", () => {
  const fix = sourceFixOf("/node_modules/codepage/cptable.js");
  const source = 'var cptable = {version:"1"};\ncptable[37] = (function(){ made.push(37); return {"enc": 1}; })();';

  const made: number[] = [];
  const run = new Function("made", `${fix?.(source)}; return cptable;`);
  const table = run(made);

  expect(made).toEqual([]);
  expect([table[37], table[37]]).toEqual([{ enc: 1 }, { enc: 1 }]);
  expect(made).toEqual([37]);
});

test("a fix that finds nothing to change says that the package has changed", () => {
  const fix = sourceFixOf("/node_modules/chi-squared/cdf.js");

  expect(() => fix?.("function Gcf() {}")).toThrow(SourceFixOutdated);
});
