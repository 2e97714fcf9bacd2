/**
 * The Node.js runtime of an environment: asks for events over the Runtime API and gives each to the handler. It behaves
 * as AWS's own client for Node 24 does (async handlers alone, `awslambda` for streams, errors told by their type).
 *
 * It is plain JavaScript, since types to strip would be counted as the function's own start. And like AWS's it takes Node's
 * modules without an `import`, which would read each of their exports: that loads a web client into every function.
 */
import { errorHeaders, errorJson, namedError } from "./runtime-error.js";
import { installStreaming, isStreaming, openResponseStream } from "./streaming.js";

const { Agent, request } = process.getBuiltinModule("node:http");
const { join } = process.getBuiltinModule("node:path");
const { pathToFileURL } = process.getBuiltinModule("node:url");

/** Of a rejection that nobody handled and of an error that nobody caught, as AWS's client ends. */
const EXIT_UNHANDLED_REJECTION = 128;
const EXIT_UNCAUGHT_EXCEPTION = 129;

const { AWS_LAMBDA_RUNTIME_API: api = "", LAMBDA_TASK_ROOT: taskRoot = "", _HANDLER: handlerName = "" } = process.env;
const [hostname = "", port = ""] = api.split(":");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** The call that is being answered: what fails on its own is told as its failure. */
let currentRequestId = "";

/**
 * @param {string} method
 * @param {string} path
 * @param {{ headers?: import("node:http").OutgoingHttpHeaders, body?: string }} [message]
 * @returns {Promise<{ headers: import("node:http").IncomingHttpHeaders, body: string }>}
 */
function ask(method, path, { headers = {}, body = "" } = {}) {
  return new Promise((resolve, reject) => {
    const asking = request({ agent, hostname, port, method, path: `/2018-06-01/runtime/${path}`, headers });
    asking.on("error", reject);
    asking.on("response", (response) => {
      /** @type {Buffer[]} */
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(parts).toString() }));
    });
    asking.end(body);
  });
}

/**
 * @param {string} path
 * @param {unknown} error
 */
function tellError(path, error) {
  return ask("POST", path, { headers: errorHeaders(error), body: errorJson(error) });
}

/** @returns {Promise<import("./streaming.js").Handler>} */
async function loadHandler() {
  const [module = "", name = ""] = handlerName.split(".");
  const { [name]: handler } = await import(pathToFileURL(join(taskRoot, `${module}.mjs`)).href);
  if (typeof handler !== "function") {
    throw namedError("Runtime.HandlerNotFound", `${handlerName} is undefined or not exported`);
  }
  if (handler.length > 2 && !isStreaming(handler)) {
    throw namedError("Runtime.CallbackHandlerDeprecated", "handlers that take a callback are not supported");
  }
  return handler;
}

/** @param {import("node:http").IncomingHttpHeaders} headers */
function contextOf(headers) {
  const deadlineEpochMs = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: currentRequestId,
    getRemainingTimeInMillis: () => deadlineEpochMs - Date.now(),
  };
}

/**
 * @param {import("./streaming.js").Handler} handler
 * @param {{ headers: import("node:http").IncomingHttpHeaders, body: string }} next
 */
async function answer(handler, next) {
  const path = `invocation/${currentRequestId}`;
  const context = contextOf(next.headers);
  const event = JSON.parse(next.body);
  if (isStreaming(handler)) {
    const { stream, done, fail } = openResponseStream({
      agent,
      hostname,
      port,
      path: `/2018-06-01/runtime/${path}/response`,
    });
    try {
      await handler(event, stream, context);
    } catch (error) {
      fail(error);
    }
    await done;
    return;
  }
  /** @type {string} */
  let body;
  try {
    body = jsonOf(await handler(event, context));
  } catch (error) {
    await tellError(`${path}/error`, error);
    return;
  }
  await ask("POST", `${path}/response`, { headers: { "content-type": "application/json" }, body });
}

/** @param {unknown} answered */
function jsonOf(answered) {
  try {
    return JSON.stringify(answered ?? null);
  } catch {
    throw namedError("Runtime.JSONStringifyError", "Unable to stringify response body");
  }
}

/**
 * @param {string} type
 * @param {number} exitCode
 */
function endOn(type, exitCode) {
  return (/** @type {unknown} */ reason) => {
    console.error(reason);
    const error = type === "" ? reason : namedError(type, String(reason));
    const path = currentRequestId === "" ? "init/error" : `invocation/${currentRequestId}/error`;
    tellError(path, error).finally(() => process.exit(exitCode));
  };
}

process.on("unhandledRejection", endOn("Runtime.UnhandledPromiseRejection", EXIT_UNHANDLED_REJECTION));
process.on("uncaughtException", endOn("", EXIT_UNCAUGHT_EXCEPTION));
installStreaming();

/** @returns {Promise<import("./streaming.js").Handler>} */
async function initialize() {
  try {
    return await loadHandler();
  } catch (error) {
    console.error(error);
    await tellError("init/error", error);
    process.exit(1);
  }
}

const handler = await initialize();
for (;;) {
  const next = await ask("GET", "invocation/next");
  currentRequestId = String(next.headers["lambda-runtime-aws-request-id"]);
  process.env._X_AMZN_TRACE_ID = String(next.headers["lambda-runtime-trace-id"]);
  await answer(handler, next);
}
