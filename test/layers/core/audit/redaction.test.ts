import fc from "fast-check";
import { expect, test } from "vitest";
import type { AuditBody } from "../../../../layers/core/audit/audit-entry.ts";
import {
  AUDIT_LIST_MAX,
  AUDIT_NAME_CHARACTERS_MAX,
  AUDIT_TEXT_CHARACTERS_MAX,
} from "../../../../layers/core/audit/limits.ts";
import { auditable } from "../../../../layers/core/audit/redaction.ts";
import { ITEM_BYTES_MAX } from "../../../../layers/core/ports/table.ts";
import { utf8Bytes } from "../../../../layers/core/store/key-order.ts";
import { actor } from "../../../fixtures/tenant-parts.ts";

const body: AuditBody = {
  phase: "done",
  changeId: "c1",
  actor: actor(),
  action: "tenant.change",
  target: { kind: "tenant", id: "acme" },
};

const base64url = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((raw) => Buffer.from(raw).toString("base64url"));

/** What is shown to be let in, in every shape that our doors and others' take. */
const credentials = fc.oneof(
  fc
    .tuple(fc.constantFrom("acme", "a", "acme-two"), base64url(8), base64url(32))
    .map(([tenant, id, secret]) => `sk_${tenant}_${id}_${secret}`),
  base64url(32).map((secret) => `Bearer ${secret}`),
  base64url(24).map((secret) => `basic  ${secret}`),
  fc
    .tuple(base64url(30), base64url(60), base64url(32))
    .map(([, claims, signature]) => `eyJhbGciOiJFUzI1NiJ9.${claims}.${signature}`),
  fc.constant("-----BEGIN PRIVATE KEY-----\nMIGH"),
  base64url(24).map((secret) => `sk-proj-${secret}`),
);

/** Wherever a text may stand. */
function everywhere(text: string): AuditBody {
  const fields = {
    name: text,
    status: text,
    plan: text,
    toolkits: [text],
    regions: [text],
    role: text,
    scopes: [text],
    amounts: { [text]: 1 },
    suspendReason: text,
    deletedBy: text,
    auditHead: text,
  };
  return {
    ...body,
    changeId: text,
    actor: actor({ subject: text, remoteAddress: text, requestId: text }),
    target: { kind: "member", id: text },
    reason: text,
    before: fields,
    after: fields,
  };
}

test("no credential is shown, in whatever field it stands and whatever stands around it", () => {
  fc.assert(
    fc.property(credentials, fc.constantFrom("", "my key: ", "ünïcode ", "("), (credential, before) => {
      const secret = credential.slice(-20);

      const shown = JSON.stringify(auditable(everywhere(`${before}${credential}`)));

      expect(shown).not.toContain(secret);
      expect(shown).toContain("[redacted]");
    }),
  );
});

test("random text in what people write is not shown, and words are", () => {
  const random = auditable({ ...body, after: { suspendReason: "see c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0MQ" } });
  const words = auditable({ ...body, after: { suspendReason: "did not pay for 2 months", name: "Acme Ltd. & Sons" } });

  expect(random.after).toEqual({ suspendReason: "[redacted]" });
  expect(words.after).toEqual({ suspendReason: "did not pay for 2 months", name: "Acme Ltd. & Sons" });
});

test("a subject as random as some issuers make it is shown: it is who did it", () => {
  const subject = "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ";

  expect(auditable({ ...body, actor: actor({ subject }) }).actor).toMatchObject({ subject });
});

test("what is no field of an entry is left out, wherever it is handed over, and so is what is of another kind", () => {
  const stray = { password: "hunter2", headers: { cookie: "hunter2" } };
  const fields = {
    ...stray,
    name: "Acme",
    plan: 3,
    overlapSeconds: "hunter2",
    amounts: { a: 1, b: "hunter2" },
    toolkits: [stray, "host"],
  };
  const given = JSON.parse(
    JSON.stringify({
      ...body,
      ...stray,
      actor: { ...actor(), ...stray },
      target: { ...body.target, ...stray },
      before: fields,
      after: stray,
    }),
  );

  const shown = auditable(given);

  expect(JSON.stringify(shown)).not.toContain("hunter2");
  expect(shown.before).toEqual({ name: "Acme", amounts: { a: 1 }, toolkits: ["host"] });
  expect(shown.after).toEqual({});
});

test("an entry is of bounded size, whatever it is made of", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 300, maxLength: 600 }), (text) => {
      const many = Array.from({ length: 200 }, (_, index) => `${index}${text}`);
      const fields = { toolkits: many, amounts: Object.fromEntries(many.map((name) => [name, 1])), name: text };

      const shown = auditable({ ...everywhere(text), before: fields, after: fields });

      expect(utf8Bytes(JSON.stringify(shown))).toBeLessThan(ITEM_BYTES_MAX / 4);
      expect(JSON.stringify(shown).isWellFormed()).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test("texts, names and lists are cut where their limits say", () => {
  const long = "ab ".repeat(200);

  const { after } = auditable({ ...body, after: { name: long, regions: Array(100).fill(long) } });

  expect(after).toEqual({
    name: long.slice(0, AUDIT_TEXT_CHARACTERS_MAX),
    regions: Array(AUDIT_LIST_MAX).fill(long.slice(0, AUDIT_NAME_CHARACTERS_MAX)),
  });
});
