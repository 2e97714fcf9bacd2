import type { WebSocket } from "ws";

/**
 * Lets go of what has read the last compressed message of a client. `ws` keeps it, some 50 KB, for as long as the connection
 * lasts; the next message makes another. To be called when a message has come, and so nothing is being read.
 *
 * `ws` has no name for it outside: it is looked for by the name inside, and where that is another some day, nothing is let go
 * of. A test looks whether it still is.
 */
export function releaseInflate(socket: WebSocket): void {
  const extensions: unknown = Reflect.get(socket, "_extensions");
  if (typeof extensions !== "object" || extensions === null) return;
  const deflate: unknown = Reflect.get(extensions, "permessage-deflate");
  if (typeof deflate !== "object" || deflate === null) return;
  const cleanup: unknown = Reflect.get(deflate, "cleanup");
  if (typeof cleanup === "function") Reflect.apply(cleanup, deflate, []);
}
