import type { FunctionShape } from "../../core/deployment/function-shape.ts";
import type { DoorCall, HttpHandler } from "../../core/http/http-message.ts";
import { router } from "../router.ts";
import { doorways } from "./doorways.ts";
import type { LambdaDoor } from "./http-call.ts";
import { type LambdaHandler, lambdaHttp } from "./lambda-http.ts";

export interface LambdaFunctionParts extends Omit<LambdaDoor, "handlers"> {
  /** What answers on every route of the function. */
  readonly handler: HttpHandler<DoorCall>;
  /** What every call passes before all else. Left out, nothing. */
  readonly outermost?: (inner: HttpHandler<DoorCall>) => HttpHandler<DoorCall>;
}

/** All that stands between Lambda and a function's handler. */
export function lambdaFunction(
  { routes }: Pick<FunctionShape, "routes">,
  { handler, outermost = (inner) => inner, ...door }: LambdaFunctionParts,
): LambdaHandler {
  const routed = router(routes.map((route) => ({ ...route, handler })));
  const { rest, alb } = doorways(routed, { report: door.reportFault });
  return lambdaHttp({ ...door, handlers: { rest: outermost(rest), alb: outermost(alb) } });
}
