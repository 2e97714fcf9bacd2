import type { Socket } from "node:net";
import { MESSAGE_BYTES_MAX } from "./limits.ts";

/** Tells each line that comes. One that is too long ends the connection. */
export function messageLines(connection: Socket, onLine: (line: string) => void): void {
  let open = "";
  connection.setEncoding("utf8");
  connection.on("data", (text: string) => {
    const lines = (open + text).split("\n");
    open = lines.pop() ?? "";
    for (const line of lines) onLine(line);
    if (open.length > MESSAGE_BYTES_MAX) connection.destroy();
  });
}
