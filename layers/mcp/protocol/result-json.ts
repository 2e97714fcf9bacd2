import { failed } from "../call/tool-reply.ts";
import { REPLY_BYTES_MAX } from "../limits.ts";
import { errorJson, type RequestId, resultJson } from "./json-rpc.ts";

/**
 * The reply to a call as JSON, never over {@link REPLY_BYTES_MAX} and never broken: a result that is too large, or that
 * JSON can't hold, is replaced by an error that says so.
 *
 * @param shape puts a result into the shape of the era.
 */
export function boundedResultJson(
  id: RequestId,
  method: string,
  result: object,
  shape: (result: object) => object,
): string {
  const json = stringified(id, shape(result));
  if (json !== undefined && (json.length * 3 <= REPLY_BYTES_MAX || Buffer.byteLength(json) <= REPLY_BYTES_MAX))
    return json;
  const why =
    json === undefined
      ? "The answer holds something that JSON can't."
      : `The answer has ${Buffer.byteLength(json)} bytes; at most ${REPLY_BYTES_MAX} can be sent. Ask for less at once.`;
  if (method === "tools/call") return resultJson(id, shape(failed(why)));
  return errorJson(id, { code: -32603, message: why, status: 500 });
}

function stringified(id: RequestId, result: object): string | undefined {
  try {
    return resultJson(id, result);
  } catch {
    return undefined; // a BigInt, a cycle, or nested too deep
  }
}
