/**
 * RFC 6570, level 1: `{name}` stands for a value without `/`, percent-encoded.
 * Matching is linear in the uri: literals are found in order, and a variable ends at the next literal or slash.
 */
export interface UriTemplate {
  readonly variables: readonly string[];
  /** The decoded values, or undefined where the uri is not of this template. */
  match(uri: string): Readonly<Record<string, string>> | undefined;
}

const EXPRESSION = /\{([A-Za-z0-9_.]+)\}/;

export class UriTemplateInvalid extends Error {
  readonly code = "uri_template_invalid";
  constructor(template: string) {
    super(`uri template ${template} is not of RFC 6570 level 1: only {name} is allowed, apart from one another`);
    this.name = "UriTemplateInvalid";
  }
}

export function parseUriTemplate(template: string): UriTemplate {
  const parts = template.split(EXPRESSION);
  const literals = parts.filter((_, index) => index % 2 === 0);
  const variables = parts.filter((_, index) => index % 2 === 1);
  const inner = literals.slice(1, -1);
  if (
    literals.some((literal) => /[{}]/.test(literal)) ||
    inner.includes("") ||
    new Set(variables).size < variables.length
  ) {
    throw new UriTemplateInvalid(template);
  }
  return { variables, match: (uri) => matchParts(literals, variables, uri) };
}

function matchParts(
  literals: readonly string[],
  variables: readonly string[],
  uri: string,
): Readonly<Record<string, string>> | undefined {
  const [first = "", ...rest] = literals;
  if (!uri.startsWith(first)) return undefined;
  let at = first.length;
  const values: Record<string, string> = Object.create(null);
  for (const [index, literal] of rest.entries()) {
    const isLast = index === rest.length - 1;
    const end = isLast ? uri.length - literal.length : uri.indexOf(literal, at);
    if (end < at || !uri.startsWith(literal, end)) return undefined;
    const value = decode(uri.slice(at, end));
    const name = variables[index];
    if (value === undefined || name === undefined) return undefined;
    values[name] = value;
    at = end + literal.length;
  }
  return at === uri.length ? values : undefined;
}

function decode(raw: string): string | undefined {
  if (raw === "" || raw.includes("/")) return undefined;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined; // a malformed percent-encoding names nothing
  }
}
