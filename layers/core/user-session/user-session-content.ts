import * as z from "zod";
import { ok, type Result, refused } from "../result.ts";
import { ISSUE_CHARACTERS_MAX, ISSUES_MAX, USER_SESSION_DEPTH_MAX } from "./limits.ts";
import { isJsonObject, mergePatch } from "./merge-patch.ts";
import type { UserSessionInvalid } from "./user-session-problem.ts";

/**
 * What clients put into a user session: only what was ever set, since what is left out has a default
 * (`user-session-view.ts`). A `null` anywhere but in an array deletes, so content holds none.
 */
export type UserSessionContent = z.output<typeof Content>;

/** In UTC with milliseconds, and still a date of the format after that: the year 10000 has five digits. */
const isoDate = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text).toISOString())
  .pipe(z.iso.datetime());

const freeForm = z.record(z.string(), z.unknown());

const Content = z
  .strictObject({
    userId: z.string().exactOptional(),
    user: z
      .strictObject({
        id: z.string(),
        provider: z.string(),
        email: z.string().exactOptional(),
        username: z.string().exactOptional(),
        displayName: z.string().exactOptional(),
        avatarUrl: z.string().exactOptional(),
      })
      .exactOptional(),
    preferences: z
      .strictObject({
        theme: z.enum(["light", "dark", "system"]).exactOptional(),
        timezone: z.string().exactOptional(),
        language: z.string().exactOptional(),
        refreshInterval: z.int().min(0).exactOptional(),
      })
      .exactOptional(),
    uiState: z
      .strictObject({
        expandedWidgets: z.array(z.string()).exactOptional(),
        lastVisitedTools: z.array(z.string()).exactOptional(),
        dashboardLayout: z.string().exactOptional(),
        filterSettings: freeForm.exactOptional(),
      })
      .exactOptional(),
    toolConfigs: z
      .record(
        z.string(),
        z.strictObject({
          enabled: z.boolean().exactOptional(),
          settings: freeForm.exactOptional(),
          lastUsed: isoDate.exactOptional(),
        }),
      )
      .exactOptional(),
    authenticatedTools: z
      .record(
        z.string(),
        z.strictObject({
          connected: z.boolean().exactOptional(),
          connectedAt: isoDate.exactOptional(),
          lastUsed: isoDate.exactOptional(),
        }),
      )
      .exactOptional(),
    metadata: z
      .strictObject({
        ipAddress: z.string().exactOptional(),
        userAgent: z.string().exactOptional(),
        created: isoDate.exactOptional(),
        updated: isoDate.exactOptional(),
      })
      .transform(({ created, updated, ...metadata }) => metadata)
      .exactOptional(),
    lastActivity: isoDate.exactOptional(),
  })
  .transform(({ lastActivity, ...content }) => content);

/** A change to a session, or a whole one, free of what no session may hold. Made by {@link parsePatch} alone. */
export interface UserSessionPatch {
  readonly members: Readonly<Record<string, unknown>>;
}

/**
 * Refuses names that reach into an object's prototype, what is nested too deep, and numbers that JSON can't give back.
 *
 * @param raw what JSON.parse gave.
 */
export function parsePatch(raw: unknown): Result<UserSessionPatch, UserSessionInvalid> {
  if (!isJsonObject(raw)) return invalid([{ path: "", why: "expected an object" }]);
  const issue = hostileIssue(raw, []);
  return issue === undefined ? ok({ members: raw }) : invalid([issue]);
}

/** The content after the change, or why there can be none. The dates that the server keeps itself are read over. */
export function patchContent(
  content: UserSessionContent,
  patch: UserSessionPatch,
): Result<UserSessionContent, UserSessionInvalid> {
  const merged = Content.safeParse(mergePatch(content, patch.members));
  if (merged.success) return ok(merged.data);
  return invalid(merged.error.issues.map((issue) => ({ path: issue.path.join("."), why: issue.message })));
}

/** @throws what JSON.parse or zod throws, when the text is not what {@link contentText} made. */
export function parseContentText(text: string): UserSessionContent {
  return Content.parse(JSON.parse(text));
}

/** Equal for equal contents, whatever the order in which clients wrote the named members. */
export function contentText(content: UserSessionContent): string {
  return JSON.stringify(content);
}

const HOSTILE_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

type Issue = UserSessionInvalid["issues"][number];

function hostileIssue(value: unknown, path: readonly string[]): Issue | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) {
    return { path: path.join("."), why: "a number too large for JSON" };
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (path.length >= USER_SESSION_DEPTH_MAX) {
    return { path: path.join("."), why: `nested more than ${USER_SESSION_DEPTH_MAX} deep` };
  }
  for (const [name, inner] of Object.entries(value)) {
    if (HOSTILE_NAMES.has(name)) return { path: path.join("."), why: `no member may be named ${name}` };
    const issue = hostileIssue(inner, [...path, name]);
    if (issue !== undefined) return issue;
  }
  return undefined;
}

function invalid(issues: readonly Issue[]): Result<never, UserSessionInvalid> {
  const told = issues.slice(0, ISSUES_MAX).map(({ path, why }) => ({
    path: path.slice(0, ISSUE_CHARACTERS_MAX),
    why: why.slice(0, ISSUE_CHARACTERS_MAX),
  }));
  return refused({ reason: "user_session_invalid", issues: told });
}
