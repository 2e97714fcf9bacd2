import { expect, test } from "vitest";
import * as z from "zod";
import { readConfig } from "../../../../layers/core/deployment/read-config.ts";
import { milliseconds } from "../../../../layers/core/deployment/settings.ts";

const Config = z.strictObject({
  TABLE: z.string().min(3),
  WAIT_MS: milliseconds({ min: 10, max: 100 }),
  MODE: z.enum(["on", "off"]),
});

const settings = { TABLE: "state", WAIT_MS: "10", MODE: "on" };

test("settings are read, and other names left alone", () => {
  expect(readConfig(Config, { ...settings, PATH: "/bin", AWS_REGION: "eu-west-1" })).toEqual({
    TABLE: "state",
    WAIT_MS: 10,
    MODE: "on",
  });
});

test("all that is missing or wrong is told at once, and no value of it", () => {
  const read = () => readConfig(Config, { TABLE: "", WAIT_MS: "hunter2" });

  expect(read).toThrow("the settings of this function are wrong:\n");
  expect(read).toThrow(/^TABLE: Too small/m);
  expect(read).toThrow("\nWAIT_MS: expected a whole number");
  expect(read).toThrow("\nMODE: is not set");
  expect(read).not.toThrow("hunter2");
});

test.each(["9", "101", "", " 10", "1e1", "10.5", "-10", "NaN"])("%j is no such time", (WAIT_MS) => {
  expect(() => readConfig(Config, { ...settings, WAIT_MS })).toThrow(
    expect.objectContaining({ code: "config_invalid" }),
  );
});
