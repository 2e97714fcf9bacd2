/**
 * The CDK's classes declare an optional property of their interfaces as one that may be `undefined`, which the compiler
 * tells apart and the CDK does not. This takes a construct as the interface that it implements, and nothing else.
 */
export function asInterface<Interface>(construct: MaybeUndefined<Interface>): Interface;
export function asInterface(construct: unknown): unknown {
  return construct;
}

type MaybeUndefined<Interface> = {
  readonly [Key in keyof Interface]: object extends Pick<Interface, Key> ? Interface[Key] | undefined : Interface[Key];
};
