import fc from "fast-check";
import { expect, test } from "vitest";
import { ok, refused } from "../../../../layers/core/result.ts";
import {
  contentText,
  parseContentText,
  parsePatch,
  patchContent,
  type UserSessionContent,
} from "../../../../layers/core/user-session/user-session-content.ts";

/** What a client's JSON text makes of `content`. */
function patched(content: UserSessionContent, text: string) {
  const patch = parsePatch(JSON.parse(text));
  return patch.ok ? patchContent(content, patch.value) : patch;
}

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

test("objects merge deeply and arrays are replaced", () => {
  const content = { preferences: { theme: "dark", language: "de" }, uiState: { expandedWidgets: ["a", "b"] } } as const;

  const after = patched(
    { ...content, uiState: { expandedWidgets: ["a", "b"] } },
    '{"preferences":{"language":"fr"},"uiState":{"expandedWidgets":["c"]},"toolConfigs":{"git":{"settings":{"x":1}}}}',
  );

  expect(after).toEqual(
    ok({
      preferences: { theme: "dark", language: "fr" },
      uiState: { expandedWidgets: ["c"] },
      toolConfigs: { git: { settings: { x: 1 } } },
    }),
  );
});

test("null deletes a member, and what has a default goes back to it", () => {
  const content = { userId: "u1", preferences: { theme: "dark" }, toolConfigs: { git: {}, jira: {} } } as const;

  const after = patched(content, '{"userId":null,"preferences":{"theme":null},"toolConfigs":{"git":null}}');

  expect(after).toEqual(ok({ preferences: {}, toolConfigs: { jira: {} } }));
});

test("dates are kept in UTC", () => {
  const after = patched({}, '{"authenticatedTools":{"git":{"connectedAt":"2026-03-01T02:30:00.5+02:00"}}}');

  expect(after).toEqual(ok({ authenticatedTools: { git: { connectedAt: "2026-03-01T00:30:00.500Z" } } }));
});

test("dates that the server keeps are read over, and must be dates", () => {
  const dates = '{"lastActivity":"2026-01-01T00:00:00Z","metadata":{"created":"2026-01-01T00:00:00Z","userAgent":"x"}}';

  expect(patched({}, dates)).toEqual(ok({ metadata: { userAgent: "x" } }));
  expect(patched({}, '{"lastActivity":"yesterday"}')).toMatchObject({ ok: false });
  expect(patched({}, '{"metadata":{"updated":1}}')).toMatchObject({ ok: false });
});

test.each([
  { text: '{"bogus":1}', path: "" },
  { text: '{"preferences":{"colour":"red"}}', path: "preferences" },
  { text: '{"preferences":{"theme":"pink"}}', path: "preferences.theme" },
  { text: '{"preferences":{"refreshInterval":-1}}', path: "preferences.refreshInterval" },
  { text: '{"preferences":{"refreshInterval":1.5}}', path: "preferences.refreshInterval" },
  { text: '{"preferences":"dark"}', path: "preferences" },
  { text: '{"uiState":{"expandedWidgets":[1]}}', path: "uiState.expandedWidgets.0" },
  { text: '{"uiState":{"filterSettings":[]}}', path: "uiState.filterSettings" },
  { text: '{"toolConfigs":{"git":{"enabled":"yes"}}}', path: "toolConfigs.git.enabled" },
  { text: '{"toolConfigs":{"git":{"lastUsed":"9999-12-31T23:59:59-01:00"}}}', path: "toolConfigs.git.lastUsed" },
  { text: '{"user":{"provider":"github"}}', path: "user.id" },
  { text: '{"toolConfigs":{"git":{"__proto__":{"x":1}}}}', path: "toolConfigs.git" },
  { text: '{"uiState":{"filterSettings":{"constructor":{"prototype":{}}}}}', path: "uiState.filterSettings" },
  { text: '{"uiState":{"filterSettings":{"prototype":null}}}', path: "uiState.filterSettings" },
  { text: '{"uiState":{"filterSettings":{"n":1e999}}}', path: "uiState.filterSettings.n" },
])("$text is refused at $path", ({ text, path }) => {
  const after = patched({}, text);

  expect(after).toMatchObject({ ok: false, problem: { reason: "user_session_invalid", issues: [{ path }] } });
});

test.each(["null", "[]", '"text"', "7"])("%s is no patch", (text) => {
  const issues = [{ path: "", why: "expected an object" }];

  expect(parsePatch(JSON.parse(text))).toEqual(refused({ reason: "user_session_invalid", issues }));
});

test("sixteen levels are taken and seventeen are not", () => {
  expect(patched({}, `{"uiState":{"filterSettings":${nested(14)}}}`).ok).toBe(true);
  expect(patched({}, `{"uiState":{"filterSettings":${nested(15)}}}`)).toMatchObject({
    ok: false,
    problem: { issues: [{ why: "nested more than 16 deep" }] },
  });
});

test("nesting that would exhaust the stack is refused like any other", () => {
  expect(patched({}, `{"uiState":{"filterSettings":${nested(20_000)}}}`).ok).toBe(false);
});

test("of many mistakes the first ten are told, in few words", () => {
  const wrong = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`tool${index}`, 1]));
  const long = "k".repeat(10_000);

  const many = patched({}, JSON.stringify({ toolConfigs: wrong }));
  const wordy = patched({}, JSON.stringify({ [long]: 1, toolConfigs: { [long]: 1 } }));

  expect(many).toMatchObject({ ok: false, problem: { issues: { length: 10 } } });
  expect(JSON.stringify(wordy).length).toBeLessThan(1_000);
});

test("what is accepted is stored and read as the same, and stays so under the same patch", () => {
  const member = fc.string();
  const free = fc.dictionary(member, fc.jsonValue({ maxDepth: 3 }));
  const date = fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date("9999-12-31") })
    .map((d) => d.toISOString());
  const patch = fc.record(
    {
      userId: fc.option(fc.string()),
      preferences: fc.record(
        { theme: fc.constantFrom("light", "dark", "system", null), refreshInterval: fc.nat() },
        { requiredKeys: [] },
      ),
      uiState: fc.record({ expandedWidgets: fc.array(fc.string()), filterSettings: free }, { requiredKeys: [] }),
      toolConfigs: fc.dictionary(member, fc.record({ enabled: fc.boolean(), settings: free, lastUsed: date })),
      lastActivity: date,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(patch, patch, (first, second) => {
      const once = patched({}, JSON.stringify(first));
      const twice = once.ok ? patched(once.value, JSON.stringify(second)) : once;
      if (!twice.ok) {
        expect(JSON.stringify(twice.problem.issues)).toMatch(/no member may be named/);
        return;
      }

      const text = contentText(twice.value);

      expect(contentText(parseContentText(text))).toBe(text);
      const again = patched(twice.value, JSON.stringify(second));
      expect(again.ok && contentText(again.value)).toBe(text);
    }),
  );
});
