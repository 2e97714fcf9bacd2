// A project as somebody may write one: it answers on its port, starts a child of its own, and tells what it was asked.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import process from "node:process";

const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });

let go = () => {};

/** @type {Readonly<Record<string, (request: import("node:http").IncomingMessage, reply: import("node:http").ServerResponse) => unknown>>} */
const PAGES = {
  "/": (_request, reply) => reply.end("hello"),
  "/pids": (_request, reply) => reply.end(JSON.stringify([process.pid, child.pid])),
  "/asked": async (request, reply) => {
    let body = "";
    for await (const piece of request) body += piece;
    const { method, url, headers } = request;
    reply.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ method, url, headers, body }));
  },
  "/cookies": (_request, reply) => {
    reply.setHeader("set-cookie", [
      "mine=1; Path=/",
      "hyperpage-session=stolen; Path=/",
      "skein-consent=stolen; Path=/oauth",
    ]);
    reply.setHeader("clear-site-data", '"*"').end("set");
  },
  "/login": (_request, reply) => reply.writeHead(302, { location: "/asked?from=login" }).end(),
  // Each piece is sent when the one before it has come back: nobody on the way may wait for the whole.
  "/echo": (request, reply) => {
    reply.writeHead(200, { "content-type": "application/octet-stream" });
    request.pipe(reply);
  },
  // Its end is not made before somebody asks for it.
  "/until-go": (_request, reply) => {
    reply.writeHead(200, { "content-type": "text/event-stream" }).write("ready");
    go = () => reply.end("gone");
  },
  "/go": (_request, reply) => {
    go();
    reply.end();
  },
  "/large": (_request, reply) => reply.end(Buffer.alloc(8 * 1024 * 1024, 7)),
  "/break": (_request, reply) => {
    reply.writeHead(200, { "content-length": "100" }).write("half");
    setTimeout(() => reply.destroy(), 20);
  },
  "/hang-up": (request) => request.socket.destroy(),
  "/print": (request, reply) => {
    process.stdout.write(`printed ${request.url}\n`);
    reply.end();
  },
};

/** @type {(typeof PAGES)[string]} */
const missing = (_request, reply) => reply.writeHead(404).end("the project's own 404");

const server = createServer((request, reply) => {
  const page = PAGES[request.url?.split("?")[0] ?? ""] ?? missing;
  Promise.resolve(page(request, reply)).catch((error) => process.stderr.write(`${error}\n`));
});

// RFC 6455, section 4.2.2; whatever comes is sent back as it came.
server.on("upgrade", (request, socket) => {
  if (request.url !== "/ws") {
    socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
    return;
  }
  const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash("sha1").update(key).digest("base64");
  const head = [
    "HTTP/1.1 101 Switching Protocols",
    "upgrade: websocket",
    "connection: Upgrade",
    `sec-websocket-accept: ${accept}`,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n${request.headers.authorization ?? "no credentials"}`);
  socket.pipe(socket);
});

server.listen(process.env.PORT, () => process.stdout.write(`ready on ${process.env.PORT}\n`));
