import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { ACTIONS } from "../../layers/core/tenant/action.ts";
import { ROLES } from "../../layers/core/tenant/role.ts";

test("the guide's table of rights is the one that is held to", () => {
  const guide = readFileSync(resolve(import.meta.dirname, "../../docs/tenants.md"), "utf8");

  const rows = Object.entries(ACTIONS).map(([action, right]) => {
    const roles: readonly string[] = right.roles;
    const may = ROLES.map((role) => (roles.includes(role) ? "yes" : ""));
    return `| \`${action}\` | ${may.join(" | ")} | \`${right.scope}\` |`;
  });

  expect(guide).toContain([`| --- | ${ROLES.map(() => "---").join(" | ")} | --- |`, ...rows, ""].join("\n"));
});
