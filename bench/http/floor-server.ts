/** What `node:http` and JSON alone take. */
import { createServer } from "node:http";
import { floorReply } from "../echo/floor-reply.ts";
import { ready } from "./ready.ts";

const server = createServer((incoming, outgoing) => {
  const chunks: Buffer[] = [];
  incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
  incoming.on("end", () => {
    const reply = floorReply(Buffer.concat(chunks).toString());
    outgoing.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(reply) });
    outgoing.end(reply);
  });
});
server.listen(0, "127.0.0.1", () => ready(server));
