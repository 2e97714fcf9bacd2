import { join } from "node:path";
import { pageFiles } from "../../functions/people/page-files.ts";
import type { Route } from "../http/router.ts";
import { onceLoaded } from "./loaded-at-first-call.ts";
import { places } from "./places.ts";

const METHODS = ["GET", "HEAD"] as const;

/** The pages for people, as the build has left them. Loaded at the first call, and then kept: some eighty kilobytes. */
export function pageRoutes(): readonly Route[] {
  const loaded = onceLoaded(async () => {
    const [{ peoplePage }, { sha256 }] = await Promise.all([
      import("../../functions/people/page.ts"),
      import("../node/sha256.ts"),
    ]);
    const files = onceLoaded(() => pageFiles(join(places().portalFolder, "people")));
    return peoplePage({ files, digest: sha256 });
  });
  return ["/people", "/people/"].map((path) => ({
    path,
    methods: METHODS,
    handler: async (request, call) => (await loaded())(request, call),
  }));
}
