import fc from "fast-check";
import { expect, test } from "vitest";
import { ACTIONS, type Action, mayAct } from "../../../../layers/core/tenant/action.ts";
import { ROLES, type Role, TENANT_ROLES } from "../../../../layers/core/tenant/role.ts";
import { SCOPES, type Scope } from "../../../../layers/core/tenant/scope.ts";
import { principalOf } from "../../../fixtures/principals.ts";

const actionNames = Object.keys(ACTIONS).filter((name): name is Action => Object.hasOwn(ACTIONS, name));
const actions = fc.constantFrom(...actionNames);
const roles = fc.constantFrom(...ROLES);
const scopes = fc.subarray([...SCOPES]);

function may(role: Role, held: readonly Scope[], action: Action): boolean {
  return mayAct(principalOf({ role, scopes: held }), action).ok;
}

test("nobody may do anything without the scope for it, whatever their role", () => {
  fc.assert(
    fc.property(roles, actions, scopes, (role, action, held) => {
      const without = held.filter((scope) => scope !== ACTIONS[action].scope);

      expect(may(role, without, action)).toBe(false);
    }),
  );
});

test("one more scope never takes a right away", () => {
  fc.assert(
    fc.property(roles, actions, scopes, fc.constantFrom(...SCOPES), (role, action, held, more) => {
      expect(may(role, [...held, more], action) || !may(role, held, action)).toBe(true);
    }),
  );
});

test("a higher role in a tenant may do all that a lower one may", () => {
  fc.assert(
    fc.property(fc.nat({ max: 3 }), fc.nat({ max: 3 }), actions, (one, other, action) => {
      const [higher, lower] = [TENANT_ROLES[Math.min(one, other)], TENANT_ROLES[Math.max(one, other)]];
      if (higher === undefined || lower === undefined) throw new TypeError("there are four roles");

      expect(may(higher, SCOPES, action) || !may(lower, SCOPES, action)).toBe(true);
    }),
  );
});

test("what belongs to the fleet is for operators alone, and within a tenant they only read", () => {
  for (const action of actionNames) {
    const byRoles = ROLES.filter((role) => may(role, SCOPES, action));
    if (action.startsWith("fleet.")) expect(byRoles).toEqual(["operator"]);
    else if (byRoles.includes("operator")) expect(action).toMatch(/\.read$/);
  }
});

test("a refusal tells what was missing", () => {
  expect(mayAct(principalOf({ role: "viewer" }), "tenant.close")).toEqual({
    ok: false,
    problem: { reason: "role_forbidden", action: "tenant.close", roles: ["owner"] },
  });
  expect(mayAct(principalOf({ role: "owner", scopes: ["mcp:call"] }), "tenant.close")).toEqual({
    ok: false,
    problem: { reason: "scope_missing", action: "tenant.close", scope: "tenant:admin" },
  });
});
