import { once } from "node:events";
import { createServer } from "node:net";

/** Where the name of a run is told. */
export interface NamePlace {
  readonly host: string;
  readonly port: number;
}

/**
 * Says the name to whoever connects, until the process ends, which does not wait for it. Resolves when it does; from then on
 * the program of the run can't take the port.
 */
export async function tellName(name: string, { host, port }: NamePlace): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.end(name);
  });
  server.unref().listen({ host, port });
  await once(server, "listening");
}
