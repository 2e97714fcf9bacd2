/**
 * JSON without spaces and with the keys of each object in one order: equal values give equal texts. The order is that
 * of RFC 8785, section 3.2.3, but for keys that are whole numbers: they come first.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
