import type { FunctionShape } from "../../core/deployment/function-shape.ts";
import type { DoorCall, HttpHandler } from "../../core/http/http-message.ts";
import { router } from "../router.ts";
import { doorways } from "./doorways.ts";
import type { LambdaDoor } from "./http-call.ts";
import { type LambdaHandler, lambdaHttp } from "./lambda-http.ts";

export interface LambdaFunctionParts extends Omit<LambdaDoor, "handlers"> {
  /** What answers on every route of the function. */
  readonly handler: HttpHandler<DoorCall>;
}

/** All that stands between Lambda and a function's handler. */
export function lambdaFunction({ routes }: FunctionShape, { handler, ...door }: LambdaFunctionParts): LambdaHandler {
  const routed = router(routes.map((route) => ({ ...route, handler })));
  return lambdaHttp({ ...door, handlers: doorways(routed, { report: door.reportFault }) });
}
