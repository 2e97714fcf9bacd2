/**
 * Does the work for every item, at most `parallelMax` of them at a time, and answers in the order of the items.
 * Nothing more is begun once the signal is aborted; those items are answered with `undefined`.
 */
export async function inParallel<Item, Outcome>(
  items: readonly Item[],
  limits: { readonly parallelMax: number; readonly signal?: AbortSignal },
  work: (item: Item, index: number) => Promise<Outcome>,
): Promise<readonly (Outcome | undefined)[]> {
  const outcomes = new Array<Outcome | undefined>(items.length).fill(undefined);
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) {
      if (limits.signal?.aborted === true) return;
      outcomes[index] = await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limits.parallelMax, items.length) }, worker));
  return outcomes;
}
