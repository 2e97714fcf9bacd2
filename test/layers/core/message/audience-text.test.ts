import { describe, expect, test } from "vitest";
import { audienceText, parseAudience } from "../../../../layers/core/message/audience-text.ts";

describe("a text that names an audience", () => {
  test.each([
    ["everyone", { kind: "everyone" }],
    ["role:viewer", { kind: "role", role: "viewer" }],
    ["member:local:ann", { kind: "member", subject: "local:ann" }],
    ["channel:deploys.eu-1", { kind: "channel", name: "deploys.eu-1" }],
    ["connection:L0SM9cOFvHcCIhw=", { kind: "connection", connectionId: "L0SM9cOFvHcCIhw=" }],
  ])("%s is read, and written as it was", (text, audience) => {
    const read = parseAudience(text);
    expect(read).toEqual({ ok: true, value: audience });
    if (read.ok) expect(audienceText(read.value)).toBe(text);
  });

  test.each([
    "",
    "Everyone",
    "nobody",
    ":viewer",
    "role:",
    "role:king",
    "member:",
    `member:${"x".repeat(10_000)}`,
    "channel:",
    "channel:Deploys",
    "channel:a/b",
    "connection:",
    "connection:a b",
    7,
    null,
    undefined,
  ])("%j names nobody", (text) => {
    expect(parseAudience(text)).toMatchObject({ ok: false, problem: { reason: "audience_malformed" } });
  });
});
