import { randomBytes, randomUUID } from "node:crypto";
import type { Chance } from "../core/ports/chance.ts";

export function systemChance(): Chance {
  return { uuid: () => randomUUID(), token: (length) => randomBytes(length).toString("base64url") };
}
