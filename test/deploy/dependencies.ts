/** What each resource of a template waits for, by logical id: as CloudFormation orders them. */
export function dependencies(template: Record<string, unknown>): ReadonlyMap<string, ReadonlySet<string>> {
  const resources = Object.entries(template.Resources ?? {});
  const ids = new Set(resources.map(([id]) => id));
  return new Map(
    resources.map(([id, resource]) => [id, new Set([...namedIn(resource)].filter((name) => ids.has(name)))]),
  );
}

/** A way from a resource back to itself, which CloudFormation refuses only when it is asked to deploy. */
export function circle(waits: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const settled = new Set<string>();
  const walk = (id: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(id)) return [...path.slice(path.indexOf(id)), id];
    if (settled.has(id)) return undefined;
    for (const next of waits.get(id) ?? []) {
      const found = walk(next, [...path, id]);
      if (found !== undefined) return found;
    }
    settled.add(id);
    return undefined;
  };
  for (const id of waits.keys()) {
    const found = walk(id, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

function* namedIn(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "Ref" && typeof inner === "string") yield inner;
    else if (key === "Fn::GetAtt" && Array.isArray(inner)) yield String(inner[0]);
    else if (key === "DependsOn") yield* Array.isArray(inner) ? inner.map(String) : [String(inner)];
    else yield* namedIn(inner);
  }
}
