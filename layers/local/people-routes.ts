import type { Route } from "../http/router.ts";
import type { CellAccess } from "./cell-access.ts";
import type { CellPeople } from "./cell-people.ts";
import { loadedAtFirstCall } from "./loaded-at-first-call.ts";

/** Messages, questions and who is connected. Loaded at the first call: not every cell is asked for them. */
export function peopleRoutes(access: CellAccess, people: () => Promise<CellPeople>): readonly Route[] {
  const handler = loadedAtFirstCall(async () => {
    const [{ peopleHandler }, { sha256 }, parts] = await Promise.all([
      import("../../functions/people/handler.ts"),
      import("../node/sha256.ts"),
      people(),
    ]);
    return access.gated(peopleHandler({ ...parts, audit: access.tenancy.audit, digest: sha256 }));
  });
  return [
    { path: "/api/messages", methods: ["GET", "POST"], handler },
    { path: "/api/messages/", methods: ["GET", "PUT", "DELETE"], handler },
    { path: "/api/questions", methods: ["GET", "POST"], handler },
    { path: "/api/questions/", methods: ["GET", "POST", "PATCH"], handler },
    { path: "/api/people/", methods: ["GET", "POST"], handler },
  ];
}
