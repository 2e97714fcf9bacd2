import type { Toolkit } from "../mcp/toolkit/tool.ts";
import { askUser, type PeopleAtFirstUse } from "./ask-user.ts";

/** By what tenants have it on or off. */
export const PEOPLE_TOOLKIT = "people";

/** What programs can do with people. */
export function peopleToolkit(people: PeopleAtFirstUse): Toolkit {
  return [askUser(people)];
}
