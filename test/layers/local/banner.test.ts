import { expect, test } from "vitest";
import { banner } from "../../../layers/local/banner.ts";

const welcome = { url: "http://127.0.0.1:3000", workingDir: "/srv/cell", open: false, projects: undefined } as const;
const tokenLine = (dataDir: string, firstToken?: string): string | undefined =>
  /^ {2}Token +(.*)$/m.exec(banner({ ...welcome, dataDir, firstToken }))?.[1];

test("a cell in the usual folder tells the usual command for tokens", () => {
  expect(tokenLine("/srv/cell/.skein")).toBe("TOKEN=$(npm run -s token)");
  expect(tokenLine("/srv/cell/.skein", "eyJ")).toMatch(/later ones by npm run -s token$/);
});

test("a cell in another folder tells the command that finds it, as a shell reads it", () => {
  expect(tokenLine("/srv/my cell")).toBe("TOKEN=$(npm run -s token -- --data '/srv/my cell')");
  expect(tokenLine("/srv/ann's", "eyJ")).toMatch(/later ones by npm run -s token -- --data '\/srv\/ann'\\''s'$/);
});

test("a cell that asks callers on its machine for no token says so", () => {
  const text = banner({ ...welcome, open: true, dataDir: "/srv/cell/.skein", firstToken: undefined });

  expect(text).toContain("none is needed on this machine (--open)");
  expect(text).not.toContain("$TOKEN");
});
