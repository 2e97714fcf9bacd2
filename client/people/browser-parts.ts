import type { Credential, PeopleParts, PeopleSocket, SocketTold } from "./parts.ts";

/** Those parts of a page that tell of its network, as `window` has them. */
export interface PageEvents {
  addEventListener(type: "online" | "offline" | "pageshow", listener: () => void): void;
  removeEventListener(type: "online" | "offline" | "pageshow", listener: () => void): void;
}

const PROTOCOL = "skein.v1";

/** What a client stands on in a browser, or in Node from 22 on. @param url `wss://…/ws` */
export function browserParts(url: string, credential?: () => Promise<Credential>): PeopleParts {
  return {
    open: (told) => openWebSocket(url, told),
    clock: { nowMs: () => Date.now(), sleep },
    chance: { share: () => Math.random(), id: () => newId() },
    ...(credential !== undefined && { credential }),
  };
}

/** Wakes a client whenever the page's network may have changed. @returns what ends it. */
export function wakeWithPage(client: { wake(): void }, page: PageEvents): () => void {
  const wake = (): void => client.wake();
  const types = ["online", "offline", "pageshow"] as const;
  for (const type of types) page.addEventListener(type, wake);
  return () => {
    for (const type of types) page.removeEventListener(type, wake);
  };
}

function openWebSocket(url: string, told: SocketTold): PeopleSocket {
  const socket = new WebSocket(url, [PROTOCOL]);
  let isOver = false;
  socket.addEventListener("open", () => told.opened());
  socket.addEventListener("message", ({ data }: { readonly data: unknown }) => {
    if (typeof data === "string" && !isOver) told.text(data);
  });
  socket.addEventListener("close", ({ code, reason }) => {
    if (!isOver) told.closed({ code, reason });
    isOver = true;
  });
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close() {
      isOver = true;
      socket.close();
    },
  };
}

function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, durationMs);
    signal?.addEventListener("abort", end, { once: true });
  });
}

/** `crypto.randomUUID` is there for pages of https and of loopback alone. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
