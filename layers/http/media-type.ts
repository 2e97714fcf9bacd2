/**
 * The type that a caller would rather have, of those that there are: RFC 9110, section 12.5.1, without parameters other
 * than `q`. Of types that are as welcome the first one; undefined where none is.
 */
export function preferredType(accept: string | undefined, offered: readonly string[]): string | undefined {
  if (accept === undefined || accept.trim() === "") return offered[0];
  const ranges = accept.split(",").map(rangeOf);
  let best: { readonly type: string; readonly quality: number } | undefined;
  for (const type of offered) {
    const quality = qualityOf(type, ranges);
    if (quality > (best?.quality ?? 0)) best = { type, quality };
  }
  return best?.type;
}

interface MediaRange {
  readonly range: string;
  readonly quality: number;
}

function rangeOf(text: string): MediaRange {
  const [range = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith("q="));
  const quality = weight === undefined ? 1 : Number(weight.slice("q=".length));
  return { range, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

/** By the range that says most about it. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  const [kind] = type.split("/");
  const named = [type, `${kind}/*`, "*/*"].flatMap((name) => ranges.filter(({ range }) => range === name));
  return named[0]?.quality ?? 0;
}
