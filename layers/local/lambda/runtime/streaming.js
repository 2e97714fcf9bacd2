/**
 * Streamed replies: the `awslambda` global, and the stream behind it, whose bytes go to the Runtime API as they are
 * written. An error on the way goes into the trailers, since the status is out by then.
 */
import { errorJson, errorType, headerText, namedError } from "./runtime-error.js";

const { request } = process.getBuiltinModule("node:http");

/** @typedef {((...args: unknown[]) => unknown)} Handler */
/** @typedef {import("node:http").ClientRequest & { setContentType(type: string): void, beforeFirstWrite?: (send: (chunk: string | Uint8Array) => boolean) => void }} ResponseStream */

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const ERROR_TYPE = "Lambda-Runtime-Function-Error-Type";
const ERROR_BODY = "Lambda-Runtime-Function-Error-Body";
const HTTP_REPLY = "application/vnd.awslambda.http-integration-response";

/** @param {Handler} handler */
export function isStreaming(handler) {
  return Reflect.get(handler, STREAMING) === "response";
}

export function installStreaming() {
  Object.assign(globalThis, {
    awslambda: {
      /** @param {Handler} handler */
      streamifyResponse: (handler) => Object.assign(handler, { [STREAMING]: "response" }),
      HttpResponseStream: {
        /**
         * The head goes out before the first byte of the body: as JSON, and eight null bytes.
         *
         * @param {ResponseStream} stream
         * @param {unknown} head
         */
        from(stream, head) {
          stream.setContentType(HTTP_REPLY);
          const text = JSON.stringify(head);
          stream.beforeFirstWrite = (send) => {
            send(text);
            send(new Uint8Array(8));
          };
          return stream;
        },
      },
    },
  });
}

/**
 * The reply to one call. `done` settles when the Runtime API has it; `fail` tells of an error in the place of what was
 * still to come.
 *
 * @param {{ agent: import("node:http").Agent, hostname: string, port: string, path: string }} where
 */
export function openResponseStream({ agent, hostname, port, path }) {
  const headers = {
    "Lambda-Runtime-Function-Response-Mode": "streaming",
    Trailer: [ERROR_TYPE, ERROR_BODY],
    "Content-Type": "application/octet-stream",
    "Transfer-Encoding": "chunked",
  };
  const outgoing = request({ agent, hostname, port, method: "POST", path, headers });
  const done = new Promise((resolve) => {
    outgoing.on("response", (response) => response.resume().on("close", resolve));
    // A stream that was destroyed has told the Runtime API so, by its end.
    outgoing.on("error", resolve);
  });
  return { stream: responseStream(outgoing), done, fail: failing(outgoing) };
}

/**
 * @param {import("node:http").ClientRequest} outgoing
 * @returns {ResponseStream}
 */
function responseStream(outgoing) {
  let isStarted = false;
  /** @type {(chunk: string | Uint8Array, ...rest: never[]) => boolean} */
  const send = outgoing.write.bind(outgoing);
  /** @type {ResponseStream} */
  const stream = Object.assign(outgoing, {
    /** @param {string} type */
    setContentType(type) {
      if (isStarted) throw namedError("InvalidStreamingOperation", "Cannot set content-type, too late.");
      outgoing.setHeader("Content-Type", type);
    },
    /**
     * @param {unknown} chunk
     * @param {never[]} rest
     */
    write(chunk, ...rest) {
      if (!isStarted) stream.beforeFirstWrite?.(send);
      isStarted = true;
      const isSendable = typeof chunk === "string" || chunk instanceof Uint8Array;
      return send(isSendable ? chunk : JSON.stringify(chunk), ...rest);
    },
  });
  return stream;
}

/** @param {import("node:http").ClientRequest} outgoing */
function failing(outgoing) {
  return (/** @type {unknown} */ error) => {
    console.error(error);
    if (outgoing.destroyed) return;
    outgoing.addTrailers({
      [ERROR_TYPE]: headerText(errorType(error)),
      [ERROR_BODY]: Buffer.from(errorJson(error)).toString("base64"),
    });
    outgoing.end();
  };
}
