import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { Roster } from "../core/roster.ts";
import { BODY_BYTES_MAX, HEADER_BYTES_MAX } from "../http/limits.ts";
import { type Door, exchange, type OpenCalls } from "./http-exchange.ts";
import type { LocalCall } from "./local-call.ts";
import { passExchange } from "./proxy/pass-exchange.ts";
import { isWebSocket, passUpgrade } from "./proxy/pass-upgrade.ts";
import { receiveExchange } from "./receive-exchange.ts";
import { BodyBudget } from "./request-body.ts";

export interface HttpServer {
  readonly host: string;
  /** The one that was free, where 0 was asked for. */
  readonly port: number;
  /** Calls that have not ended. */
  openCallCount(): number;
  /** From now on each reply tells its caller to leave the connection. */
  startDraining(): void;
  /** Answers the open calls that have no answer yet, and aborts the signal of all. */
  dismissCalls(): void;
  /** Takes no more connections; resolves when the last is gone. `cut` ends them all now. */
  close(options?: { readonly cut: boolean }): Promise<void>;
}

/** @throws Node's own error when the address is taken or not of this machine. */
export async function openHttpServer(
  door: Door,
  address: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const open: OpenCalls = {
    calls: new Roster<LocalCall>(),
    budget: new BodyBudget(door.limits.heldBodyBytesMax),
    sockets: new Set(),
    draining: false,
  };
  const server = limitedServer(door);
  const isPassed = (incoming: IncomingMessage): boolean => door.passage?.takes(incoming.url ?? "") === true;
  const isTaken = (incoming: IncomingMessage): boolean => door.intake?.takes(incoming.url ?? "") === true;
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    if (isPassed(incoming)) void passExchange(door, open, incoming, outgoing);
    else if (isTaken(incoming)) void receiveExchange(door, open, incoming, outgoing);
    else void exchange(door, open, incoming, outgoing);
  };
  server.on("request", answer);
  server.on("upgrade", (incoming, socket, head) => {
    const upgrade = { incoming, socket, head };
    if (door.webSockets?.takes(incoming.url ?? "") === true)
      void openBeside(server, door.webSockets.open(door, open, upgrade), socket);
    else void passUpgrade(door, open, upgrade);
  });
  server.on("checkContinue", (incoming, outgoing) => {
    // A body that will be refused for its length is not asked for.
    const isWelcome = Number(incoming.headers["content-length"] ?? 0) <= BODY_BYTES_MAX;
    if (isWelcome || isPassed(incoming) || isTaken(incoming)) outgoing.writeContinue();
    answer(incoming, outgoing);
  });
  const { port } = await listen(server, address);
  return {
    host: address.host,
    port,
    openCallCount: () => open.calls.size,
    startDraining: () => {
      open.draining = true;
    },
    dismissCalls: () => {
      for (const call of open.calls) call.dismiss();
      for (const socket of open.sockets) socket.destroy();
    },
    close({ cut } = { cut: false }) {
      for (const socket of open.sockets) socket.destroy();
      return closed(server, cut);
    },
  };
}

/** A WebSocket has a limit of its own: for as long as it is open, it takes no place of a call's connection. */
async function openBeside(server: Server, opening: Promise<"taken" | "refused">, socket: Duplex): Promise<void> {
  if ((await opening) === "refused" || socket.destroyed) return;
  server.maxConnections += 1;
  socket.once("close", () => {
    server.maxConnections -= 1;
  });
}

function limitedServer({ limits, passage, webSockets }: Door): Server {
  const server = createServer({
    // Whatever else asks for another protocol is answered in this one, as RFC 9110, section 7.8, lets a server do.
    shouldUpgradeCallback: (incoming) => {
      const { url = "" } = incoming;
      return isWebSocket(incoming) && (passage?.takes(url) === true || webSockets?.takes(url) === true);
    },
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.timeoutCheckIntervalMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // Repeated headers that Node would drop silently are then seen, and refused by whoever reads them.
    joinDuplicateHeaders: true,
  });
  server.maxConnections = limits.connectionsMax;
  // Node leaves out headers past the count without a word; their bytes are bounded already.
  server.maxHeadersCount = 0;
  // For a caller that does not read its reply: its call has ended, its connection has not. Later than any cut of a call.
  server.timeout = limits.callTimeoutMs + 2 * limits.cutAfterAbortMs;
  return server;
}

function listen(server: Server, address: { readonly host: string; readonly port: number }): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(address.port, address.host, () => {
      server.off("error", reject);
      const bound = server.address();
      if (bound === null || typeof bound === "string") throw new TypeError("a TCP server has an address");
      resolve(bound);
    });
  });
}

function closed(server: Server, cut: boolean): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if (cut) server.closeAllConnections();
    else server.closeIdleConnections();
  });
}
