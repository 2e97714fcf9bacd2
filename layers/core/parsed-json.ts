/**
 * So deep a text of somebody else's may be nested; RFC 8259, section 9, lets a reader set such a limit. What is nested some
 * thousands deep can be read, but overflows the stack of whoever writes or compares it later.
 */
export const JSON_DEPTH_MAX = 500;

/** Undefined for what is no JSON, or nested too deep: no JSON text means that. */
export function parsedJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    // Each level takes a sign at least, so that most texts need no look.
    return text.length > JSON_DEPTH_MAX && isDeeper(value, JSON_DEPTH_MAX) ? undefined : value;
  } catch {
    return undefined;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** As {@link parsedJson}, of a body; also undefined for what is no UTF-8. */
export function parsedBody(body: Uint8Array): unknown {
  try {
    return parsedJson(utf8.decode(body));
  } catch {
    return undefined;
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
