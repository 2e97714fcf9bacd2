import type { HostedFunction } from "../../layers/local/lambda/hosted-function.ts";
import type { ColdCall } from "./calls.ts";

/** A function and the call that its processes are started for. */
export interface Subject {
  readonly name: string;
  readonly hosted: HostedFunction;
  readonly call: ColdCall;
}
