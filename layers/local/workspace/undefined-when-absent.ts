import { faultCode } from "../../http/fault-reply.ts";

/** For a look at a path that may not be there. Throws every other error on. */
export function undefinedWhenAbsent(error: unknown): undefined {
  if (["ENOENT", "ENOTDIR"].includes(faultCode(error) ?? "")) return undefined;
  throw error;
}
