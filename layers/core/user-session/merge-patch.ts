/**
 * JSON merge patch, RFC 7396: objects merge at every depth, `null` deletes the member, anything else (arrays too)
 * replaces. Both arguments are JSON values and stay as they are.
 *
 * Members are made as own properties whatever their name, so `__proto__` is a name like any other here.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const members = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name);
    else members.set(name, mergePatch(members.get(name), value));
  }
  return Object.fromEntries(members);
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
