import type { ProjectsHandlerParts } from "../../functions/projects/handler.ts";
import { PASSED_METHODS, PROXY_PREFIX } from "../http/passage/proxy-path.ts";
import type { Route } from "../http/router.ts";
import type { CellAccess } from "./cell-access.ts";
import { loadedAtFirstCall } from "./loaded-at-first-call.ts";
import type { ProjectPassage } from "./proxy/project-passage.ts";
import type { UploadIntake } from "./workspace/upload-intake.ts";
import { UPLOAD_PREFIX } from "./workspace/upload-link.ts";

export interface ProjectRoutesParts extends ProjectsHandlerParts {
  readonly access: CellAccess;
  readonly passage: ProjectPassage;
  readonly intake: UploadIntake;
}

const READ = ["GET"] as const;
const PROJECT_METHODS = ["GET", "POST", "PUT", "DELETE"] as const;

/** The plain HTTP of the MCP Debug Host, loaded at its first call, and the way to the projects that run. */
export function projectRoutes({ access, passage, intake, ...parts }: ProjectRoutesParts): readonly Route[] {
  const handler = loadedAtFirstCall(async () => {
    const { projectsHandler } = await import("../../functions/projects/handler.ts");
    return access.gated(projectsHandler(parts));
  });
  return [
    // It answers other methods itself, in its own words.
    { path: "/mcp/", methods: ["POST", "GET", "PUT", "PATCH", "DELETE"], handler },
    { path: "/api/projects", methods: ["GET", "POST"], handler },
    { path: "/api/projects/", methods: PROJECT_METHODS, handler },
    { path: "/api/servers", methods: READ, handler },
    { path: "/api/servers/", methods: READ, handler },
    { path: "/api/ports", methods: READ, handler },
    { path: "/api/ports/", methods: READ, handler },
    // A signed link is the credential, as it is where S3 takes the archive.
    { path: UPLOAD_PREFIX, methods: ["PUT"], handler: intake.handler },
    { path: PROXY_PREFIX, methods: PASSED_METHODS, handler: access.gated(passage.handler) },
  ];
}
