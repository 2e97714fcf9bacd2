import { connect, type Socket } from "node:net";

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for none. */
  readonly body: string;
}

/** A reply as it came: one connection carries one at a time. */
export interface RawReply {
  readonly status: number;
  readonly body: string;
}

const HEADERS_END = "\r\n\r\n";
const LAST_CHUNK = "0\r\n\r\n";

/** One kept connection that knows just so much of HTTP/1.1 that it costs the machine next to nothing. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #host: string;
  #received = "";
  #settle: { readonly resolve: (reply: RawReply) => void; readonly reject: (fault: unknown) => void } | undefined;

  constructor(port: number) {
    this.#host = `127.0.0.1:${port}`;
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text: string) => this.#receive(text));
    this.#socket.on("error", (fault) => this.#settle?.reject(fault));
    this.#socket.on("close", () => this.#settle?.reject(new ConnectionCut()));
  }

  post(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<RawReply> {
    return this.send({ method: "POST", path, headers, body });
  }

  send({ method, path, headers, body }: RawRequest): Promise<RawReply> {
    let head = `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.write(`${head}\r\n${body}`);
    });
  }

  close(): void {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#received += text;
    const body = wholeBody(this.#received);
    if (body === undefined) return;
    const status = Number(this.#received.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length));
    this.#received = "";
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.resolve({ status, body });
  }
}

/** Undefined while more is to come. A body of several chunks keeps their lengths in between: who reads it knows. */
function wholeBody(received: string): string | undefined {
  const headersEnd = received.indexOf(HEADERS_END);
  if (headersEnd < 0) return undefined;
  const start = headersEnd + HEADERS_END.length;
  const [, length] = /\r\ncontent-length: *(\d+)\r\n/i.exec(received.slice(0, start)) ?? [];
  if (length === undefined) return received.endsWith(LAST_CHUNK) ? received.slice(start) : undefined;
  return received.length >= start + Number(length) ? received.slice(start) : undefined;
}

export class ConnectionCut extends Error {
  readonly code = "connection_cut";
  constructor() {
    super("the server closed a connection in the middle of a call");
    this.name = "ConnectionCut";
  }
}
