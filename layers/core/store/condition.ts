import type { Condition, Item } from "../ports/table.ts";
import { unreachable } from "../result.ts";

/** Whether the condition holds for what is stored; `current` is undefined where nothing unexpired is. */
export function holds(condition: Condition, current: Item | undefined): boolean {
  switch (condition.if) {
    case "absent":
      return current === undefined;
    case "present":
      return current !== undefined;
    case "equals":
      return attributeOf(current, condition.attribute) === condition.value;
    case "below": {
      const stored = attributeOf(current, condition.attribute);
      return typeof stored === "number" && stored < condition.value;
    }
    case "attribute_absent":
      return attributeOf(current, condition.attribute) === undefined;
    case "all":
      return condition.of.every((part) => holds(part, current));
    case "any":
      return condition.of.some((part) => holds(part, current));
    default:
      return unreachable(condition);
  }
}

/** An item past its time counts as absent from that very second on. */
export function unexpired(item: Item | undefined, nowEpochSeconds: number): Item | undefined {
  const expires = item?.expiresAtEpochSeconds;
  return expires !== undefined && expires <= nowEpochSeconds ? undefined : item;
}

function attributeOf(item: Item | undefined, attribute: string): unknown {
  return item !== undefined && Object.hasOwn(item, attribute) ? item[attribute] : undefined;
}
