/**
 * What `ws` alone takes: each message goes to all whom it is for in the turn in which it came. Nobody is asked who they are,
 * nothing is stored, and what is missed is lost.
 */
import { createServer } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { ready } from "../http/ready.ts";

const server = createServer();
const sockets = new WebSocketServer({ server });
const members = new Map<string, Set<WebSocket>>();
const numbers = new Map<string, number>();

sockets.on("connection", (socket) => {
  socket.on("message", (data) => {
    const frame = JSON.parse(String(data));
    if (frame.type === "message") publish(frame);
    else if (frame.type === "connect") welcome(socket, frame.member);
    else if (frame.type === "disconnect") socket.close();
  });
});

function welcome(socket: WebSocket, member: string): void {
  const mine = members.get(member) ?? new Set();
  members.set(member, mine.add(socket));
  socket.once("close", () => mine.delete(socket));
  socket.send(JSON.stringify({ type: "connect_ack", status: "connected", subject: member }));
}

function publish({ to, body }: { readonly to: string; readonly body: unknown }): void {
  const seq = (numbers.get(to) ?? 0) + 1;
  numbers.set(to, seq);
  const text = JSON.stringify({ type: "message", channel: to, seq, at: Date.now(), body });
  const hearers = to === "everyone" ? sockets.clients : (members.get(to.slice("member:".length)) ?? []);
  for (const socket of hearers) socket.send(text);
}

server.listen(0, "127.0.0.1", () => ready(server));
