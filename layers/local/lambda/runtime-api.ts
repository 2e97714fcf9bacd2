import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import * as z from "zod";
import { type FunctionError, failed, type Invocation, type InvocationOutcome } from "./invocation.ts";
import type { LambdaLimits } from "./limits.ts";
import { streamedBody } from "./streamed-body.ts";
import { traceId } from "./trace-id.ts";

/** An event on its way into an environment. */
export interface GivenInvocation extends Invocation {
  readonly functionArn: string;
  readonly deadlineEpochMs: number;
}

interface OpenCall {
  readonly invocation: GivenInvocation;
  readonly settle: (outcome: InvocationOutcome) => void;
}

type ReplyLimits = Pick<LambdaLimits, "wholeReplyBytesMax" | "streamedReplyBytesMax">;

/**
 * What Lambda offers the process in one environment: the next event, and places to leave its answer. Source: Lambda
 * developer guide, "Using the Lambda runtime API" and "Building a custom runtime", version 2018-06-01 (read 2026-11-20).
 */
export class RuntimeApi {
  /** Settles when the process has come as far as to ask for an event, or has said why it can't. */
  readonly initialized: Promise<FunctionError | undefined>;
  readonly #server: Server;
  readonly #limits: ReplyLimits;
  #initialize: (error: FunctionError | undefined) => void = () => {};
  #asking: ServerResponse | undefined;
  #asked: (() => void) | undefined;
  #call: OpenCall | undefined;

  private constructor(server: Server, limits: ReplyLimits) {
    this.#server = server;
    this.#limits = limits;
    this.initialized = new Promise((resolve) => {
      this.#initialize = resolve;
    });
    server.on("request", (incoming, outgoing) => {
      this.#answer(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  static async open(limits: ReplyLimits): Promise<RuntimeApi> {
    // A frozen process keeps its connections as they were.
    const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new RuntimeApi(server, limits);
  }

  /** `host:port`, as the process is told. */
  get address(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `127.0.0.1:${port}`;
  }

  /** Gives an event to the process, which has asked for one. */
  invoke(invocation: GivenInvocation): Promise<InvocationOutcome> {
    const asking = this.#asking;
    if (asking === undefined) throw new TypeError("the environment has not asked for an event");
    this.#asking = undefined;
    return new Promise((settle) => {
      this.#call = { invocation, settle };
      asking.writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": invocation.requestId,
        "lambda-runtime-deadline-ms": String(invocation.deadlineEpochMs),
        "lambda-runtime-invoked-function-arn": invocation.functionArn,
        "lambda-runtime-trace-id": `Root=${traceId(invocation.requestId, invocation.deadlineEpochMs)};Sampled=0`,
      });
      asking.end(invocation.event);
    });
  }

  /** Resolves when the process asks for the next event: its work on the last one is over. */
  async nextAsked(): Promise<void> {
    if (this.#asking !== undefined) return;
    await new Promise<void>((resolve) => {
      this.#asked = resolve;
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [, place = ""] = /^\/2018-06-01\/runtime\/(.+)$/.exec(incoming.url ?? "") ?? [];
    if (place === "invocation/next") return this.#ask(outgoing);
    if (place === "init/error") {
      this.#initialize(await errorIn(incoming));
      return accept(outgoing);
    }
    const [, requestId, what] = /^invocation\/([^/]+)\/(response|error)$/.exec(place) ?? [];
    const call = this.#call;
    if (call === undefined || call.invocation.requestId !== requestId) return refuse(outgoing, 400, "InvalidRequestID");
    this.#call = undefined;
    if (what === "error") {
      call.settle({ kind: "error", error: await errorIn(incoming) });
      return accept(outgoing);
    }
    return this.#takeReply(call, incoming, outgoing);
  }

  async #takeReply({ settle }: OpenCall, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { wholeReplyBytesMax, streamedReplyBytesMax } = this.#limits;
    if (incoming.headers["lambda-runtime-function-response-mode"] === "streaming") {
      const contentType = incoming.headers["content-type"] ?? "";
      settle({ kind: "stream", contentType, body: streamedBody(incoming, streamedReplyBytesMax) });
      await once(incoming, "close");
      return accept(outgoing);
    }
    const body = await buffer(incoming);
    if (body.byteLength <= wholeReplyBytesMax) {
      settle({ kind: "whole", body });
      return accept(outgoing);
    }
    const why = `Response payload size exceeded maximum allowed payload size (${wholeReplyBytesMax} bytes).`;
    settle(failed("Function.ResponseSizeTooLarge", why));
    refuse(outgoing, 413, "RequestEntityTooLarge");
  }

  #ask(outgoing: ServerResponse): void {
    this.#asking = outgoing;
    this.#initialize(undefined);
    this.#asked?.();
    this.#asked = undefined;
  }
}

const ErrorBody = z.object({ errorType: z.string().catch("Unknown"), errorMessage: z.string().catch("") });

async function errorIn(incoming: IncomingMessage): Promise<FunctionError> {
  const text = (await buffer(incoming)).toString();
  try {
    return ErrorBody.parse(JSON.parse(text));
  } catch {
    return { errorType: String(incoming.headers["lambda-runtime-function-error-type"] ?? "Unknown"), errorMessage: "" };
  }
}

function accept(outgoing: ServerResponse): void {
  outgoing.writeHead(202, { "content-type": "application/json" }).end('{"status":"OK"}');
}

function refuse(outgoing: ServerResponse, status: number, errorType: string): void {
  outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ errorType }));
}
