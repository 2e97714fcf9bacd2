import type { Item, ItemChange, ItemKey, Json } from "../ports/table.ts";
import { ItemMalformed } from "./item-size.ts";

/**
 * The item after a change; `current` is undefined where nothing unexpired is stored.
 *
 * @throws {ItemMalformed} when a number would be added to what is none.
 */
export function changeItem(key: ItemKey, current: Item | undefined, change: ItemChange): Item {
  const attributes = new Map<string, Json | undefined>(Object.entries(current ?? {}));
  for (const [name, value] of Object.entries(change.set ?? {})) attributes.set(name, value);
  for (const [name, amount] of Object.entries(change.add ?? {})) {
    const before = attributes.has(name) ? attributes.get(name) : 0;
    if (typeof before !== "number") throw new ItemMalformed(name, "only a number can be added to");
    attributes.set(name, before + amount);
  }
  for (const name of change.remove ?? []) attributes.delete(name);
  return { ...Object.fromEntries(attributes), ...key };
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
