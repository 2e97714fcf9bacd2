import type { FrontDoor } from "../../layers/core/deployment/function-shape.ts";
import { ROLE_CLAIM, TENANT_CLAIM } from "../../layers/identity/self-issuer.ts";
import { audiencesOf } from "../../layers/local/cell-access.ts";
import type { CellOptions } from "../../layers/local/options.ts";
import type { StagePlan } from "../../lib/plan/stage-plan.ts";
import { PLAN } from "../../lib/plan.ts";

/** What a local deployment has otherwise than the plan says. */
export interface LocalStageOptions {
  readonly frontDoor: FrontDoor;
  readonly surface: StagePlan["settings"]["surface"];
  /** How long a stream that listens for changes stays open; left out, as long as the plan says. */
  readonly listenMs?: number;
  /** Where callers reach it; left out, where it listens. */
  readonly url?: string | undefined;
  readonly port?: number;
  /** Whose tokens are taken beside the access key and API keys. */
  readonly issuer?: string | undefined;
  readonly signUp?: boolean;
}

/** Its door and its callers are those asked for, and nobody signs in at Cognito, whatever the plan says. */
export function localStage(options: LocalStageOptions): StagePlan {
  const [planned] = PLAN;
  if (planned === undefined) throw new TypeError("lib/plan.ts has no stage");
  const { frontDoor, surface, listenMs, signUp = false } = options;
  const settings = {
    ...planned.settings,
    surface,
    listenMs: listenMs ?? planned.settings.listenMs,
    // As every plan with a load balancer has it.
    ...(frontDoor === "alb" && { holdMs: 0 }),
  };
  const callers = { identity: identityOf(options), domain: domainOf(options), selfServiceSignUp: signUp };
  return { ...planned, ...callers, frontDoor, cache: "none", settings };
}

/** A provider of its own, whose tokens are for the address by which callers reach the deployment. */
function identityOf({ issuer, ...reach }: LocalStageOptions): StagePlan["identity"] {
  if (issuer === undefined) return "keys-alone";
  const audiences = audiencesOf(reach);
  return { kind: "issuer", issuer, audiences, clientIds: [], tenantClaim: TENANT_CLAIM, roleClaim: ROLE_CLAIM };
}

const SECURE = "https://";

/** A name without a zone: nothing here asks Route 53. */
function domainOf({ url }: LocalStageOptions): StagePlan["domain"] {
  return url === undefined ? "none" : { name: url.slice(SECURE.length), zoneName: "", zoneId: "" };
}

/** Everything that was asked for and that functions can't be told. */
export function unfitOptions({ toolkitFiles, open, url }: CellOptions): readonly string[] {
  return [
    ...(toolkitFiles.length > 0 ? ["--toolkit does not go with --lambda: a function has the tools of its bundle"] : []),
    ...(open ? ["--open does not go with --lambda: functions ask every caller for a credential"] : []),
    ...(url !== undefined && !url.startsWith(SECURE)
      ? [`--url ${url} does not go with --lambda: functions are told https:// addresses alone`]
      : []),
  ];
}
