import type { IncomingMessage } from "node:http";
import { StreamBroken } from "./invocation.ts";

/**
 * The bytes of a streamed reply as they come.
 *
 * @throws {StreamBroken} when the function failed on its way, when its process is gone, or past what Lambda streams.
 */
export async function* streamedBody(incoming: IncomingMessage, bytesMax: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of incoming) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) throw new StreamBroken("Function.ResponseSizeTooLarge");
      yield chunk;
    }
  } catch (error) {
    throw error instanceof StreamBroken ? error : new StreamBroken("Runtime.TruncatedResponse");
  }
  const errorType = incoming.trailers["lambda-runtime-function-error-type"];
  if (errorType !== undefined) throw new StreamBroken(errorType);
}
