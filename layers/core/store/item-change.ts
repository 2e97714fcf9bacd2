import type { Item, ItemChange, ItemKey } from "../ports/table.ts";
import { ItemMalformed } from "./item-size.ts";

/**
 * The item after a change; `current` is undefined where nothing unexpired is stored.
 *
 * @throws {ItemMalformed} when a number would be added to what is none.
 */
export function changeItem(key: ItemKey, current: Item | undefined, change: ItemChange): Item {
  const sums = Object.entries(change.add ?? {}).map(([name, amount]): [string, number] => {
    return [name, numberIn(current, name) + amount];
  });
  const { pk, sk } = key;
  return { ...withoutNames(current, change.remove), ...change.set, ...Object.fromEntries(sums), pk, sk };
}

/** By making it anew: what is read and written after `delete` takes several times as long. */
function withoutNames(current: Item | undefined, names: readonly string[] | undefined): Partial<Item> | undefined {
  if (names === undefined || current === undefined) return current;
  return Object.fromEntries(Object.entries(current).filter(([name]) => !names.includes(name)));
}

function numberIn(current: Item | undefined, name: string): number {
  const before = current !== undefined && Object.hasOwn(current, name) ? current[name] : 0;
  if (typeof before !== "number") throw new ItemMalformed(name, "only a number can be added to");
  return before;
}

/** @throws {ItemMalformed} when the change touches the key, or one attribute twice. */
export function checkChange(change: ItemChange): void {
  const names = [...Object.keys(change.set ?? {}), ...Object.keys(change.add ?? {}), ...(change.remove ?? [])];
  const seen = new Set(["pk", "sk"]);
  for (const name of names) {
    if (seen.has(name)) throw new ItemMalformed(name, "a change names each attribute once, and never the key");
    seen.add(name);
  }
}
