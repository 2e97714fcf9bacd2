import { expect, test } from "vitest";
import { localStage } from "../../../scripts/lambda/local-stage.ts";

const ASKED = { frontDoor: "rest", surface: "all", port: 3000 } as const;

test("without more than a door nobody but keys is known, whatever the plan says", () => {
  const stage = localStage(ASKED);

  expect(stage).toMatchObject({ identity: "keys-alone", domain: "none", selfServiceSignUp: false, cache: "none" });
  expect(stage.settings.surface).toBe("all");
});

test("an issuer's tokens are for where the deployment listens, by every name that the machine has for itself", () => {
  const { identity } = localStage({ ...ASKED, issuer: "https://id.example.com" });

  expect(identity).toEqual({
    kind: "issuer",
    issuer: "https://id.example.com",
    audiences: [
      ...["http://localhost:3000/mcp", "http://localhost:3000", "http://127.0.0.1:3000/mcp", "http://127.0.0.1:3000"],
      ...["http://[::1]:3000/mcp", "http://[::1]:3000"],
    ],
    clientIds: [],
    tenantClaim: "tenant",
    roleClaim: "role",
  });
});

test("an address of its own takes the place of those, and a person may make a tenant where that is asked for", () => {
  const reached = { url: "https://cell.example.com", issuer: "https://id.example.com", signUp: true };

  const stage = localStage({ ...ASKED, ...reached });

  expect(stage.domain).toMatchObject({ name: "cell.example.com" });
  expect(stage.identity).toMatchObject({ audiences: ["https://cell.example.com/mcp", "https://cell.example.com"] });
  expect(stage.selfServiceSignUp).toBe(true);
});
