import type { IncomingMessage } from "node:http";
import { BlockList } from "node:net";
import { PORT_RANGES } from "../../layers/core/deployment/project-ports.ts";
import { NAME_PORT } from "../../layers/core/deployment/project-task.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import type { Invocation } from "../../layers/http/lambda/lambda-call.ts";
import { CUT_MARGIN_MS } from "../../layers/http/lambda/limits.ts";
import { type CarriedRequest, readCarriedRequest } from "../../layers/http/passage/carried-call.ts";
import { headFrame, pieceFrame, wholeFrame } from "../../layers/http/passage/carried-frames.ts";
import { REPLY_HEADER_BYTES_MAX } from "../../layers/http/passage/limits.ts";
import { askProject } from "../../layers/node/ask-project.ts";
import { CARRIED_REPLY_BYTES_MAX, CONNECT_TIMEOUT_MS } from "./limits.ts";
import { nameAt } from "./name-at.ts";

export interface CarrierParts {
  /** As `10.0.0.0/16`. */
  readonly network: string;
  readonly clock: Clock;
  /** @default NAME_PORT */
  readonly namePort?: number;
  /** @default CARRIED_REPLY_BYTES_MAX */
  readonly replyBytesMax?: number;
}

/** It was asked for what no call to a project is: who calls it is not the function behind the door, or is broken. */
export class CarriageRefused extends Error {
  readonly code = "carriage_refused";
  constructor(detail: string) {
    super(`not carried: ${detail}`);
    this.name = "CarriageRefused";
  }
}

/**
 * Does one request to one address, and streams the answer back as frames. It believes its caller in everything, but that
 * it goes to no other addresses than the network's own, and to no ports that projects never have; and that it asks at the
 * address whose run it is, before it sends anything there.
 *
 * A reply that breaks off ends without the frame that says it is whole, and is no failure of this function.
 *
 * @throws {CarriageRefused} from its stream.
 */
export function carrierHandler({
  network,
  clock,
  namePort = NAME_PORT,
  replyBytesMax = CARRIED_REPLY_BYTES_MAX,
}: CarrierParts) {
  const within = addressesOf(network);
  return async function* carried(event: unknown, invocation: Invocation): AsyncGenerator<Uint8Array> {
    const read = readCarriedRequest(event);
    if (!read.ok) throw new CarriageRefused(`malformed ${read.problem.fields}`);
    const request = read.value;
    if (!within.check(request.host)) throw new CarriageRefused("an address outside of the network");
    if (!isPortOfProjects(request.port)) throw new CarriageRefused("a port that no project has");
    // Its time is over, or whoever reads has left.
    const over = new AbortController();
    const leftMs = Math.min(request.timeoutMs, invocation.getRemainingTimeInMillis() - CUT_MARGIN_MS);
    void clock.sleep(leftMs, over.signal).then(() => over.abort());
    try {
      yield* exchanged(request, { signal: over.signal, namePort, replyBytesMax });
    } finally {
      over.abort();
    }
  };
}

interface Bounds {
  readonly signal: AbortSignal;
  readonly namePort: number;
  readonly replyBytesMax: number;
}

async function* exchanged(
  request: CarriedRequest,
  { signal, namePort, replyBytesMax }: Bounds,
): AsyncGenerator<Uint8Array> {
  const { host, port, method, path, headers, replyTimeoutMs } = request;
  // The address may be another run's by now, and what is sent to one is nobody else's.
  const name = await nameAt({ host, port: namePort, timeoutMs: CONNECT_TIMEOUT_MS, signal });
  if (name !== request.run) {
    yield headFrame({ problem: signal.aborted ? "timed_out" : "unreachable" });
    return;
  }
  const body = request.body === undefined ? undefined : Buffer.from(request.body, "base64");
  const answer = await askProject({
    ...{ host, port, method, path, headers, replyTimeoutMs, signal },
    replyHeaderBytesMax: REPLY_HEADER_BYTES_MAX,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    sendBody: (asking) => void asking.end(body),
  });
  if (typeof answer === "string") {
    yield headFrame({ problem: signal.aborted ? "timed_out" : answer });
    return;
  }
  yield* replyOf(answer, { method, replyBytesMax });
}

async function* replyOf(
  answer: IncomingMessage,
  { method, replyBytesMax }: Pick<CarriedRequest, "method"> & Pick<Bounds, "replyBytesMax">,
): AsyncGenerator<Uint8Array> {
  const { statusCode: status = 0, headers } = answer;
  if (status < STATUS_MIN || status > STATUS_MAX) {
    yield headFrame({ problem: "broken" });
    return;
  }
  if (method !== "HEAD" && Number(headers["content-length"] ?? 0) > replyBytesMax) {
    yield headFrame({ problem: "too_large" });
    return;
  }
  const told = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  yield headFrame({ status, headers: Object.fromEntries(told) });
  let bytes = 0;
  try {
    for await (const piece of answer) {
      const framed = pieceFrame(piece);
      bytes += framed.byteLength;
      if (bytes > replyBytesMax) return;
      yield framed;
    }
  } catch {
    return; // whoever reads misses the frame that says it is whole
  }
  yield wholeFrame();
}

/** RFC 9110, section 15: those that end an exchange. */
const STATUS_MIN = 200;
const STATUS_MAX = 599;

function addressesOf(network: string): BlockList {
  const [address = "", prefix] = network.split("/");
  const list = new BlockList();
  list.addSubnet(address, Number(prefix));
  return list;
}

function isPortOfProjects(port: number): boolean {
  return Object.values(PORT_RANGES).some(({ first, last }) => port >= first && port <= last);
}
