import type { Toolkit } from "../mcp/toolkit/tool.ts";
import { type AskUserParts, askUser } from "./ask-user.ts";

/** By what tenants have it on or off. */
export const PEOPLE_TOOLKIT = "people";

/** What programs can do with people. */
export function peopleToolkit(parts: AskUserParts): Toolkit {
  return [askUser(parts)];
}
