import { connect } from "node:net";
import { RUN_NAME_BYTES_MAX } from "../../layers/core/deployment/project-task.ts";

export interface NameAsked {
  readonly host: string;
  readonly port: number;
  /** For the connection and what it says. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What a task says whose run it is; undefined where nobody says it, or in time. */
export function nameAt({ host, port, timeoutMs, signal }: NameAsked): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const pieces: Buffer[] = [];
    let bytes = 0;
    const end = (name: string | undefined): void => {
      clearTimeout(timer);
      resolve(name);
      socket.destroy();
    };
    const timer = setTimeout(() => end(undefined), timeoutMs);
    socket.on("data", (piece) => {
      pieces.push(piece);
      bytes += piece.byteLength;
      if (bytes > RUN_NAME_BYTES_MAX) end(undefined);
    });
    socket.on("end", () => end(Buffer.concat(pieces).toString()));
    socket.on("error", () => end(undefined));
  });
}
