import { createHash } from "node:crypto";
import type { DoorCall, HttpHandler, HttpReply } from "../../core/http/http-message.ts";
import type { Blob } from "../../core/ports/blob.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Seal } from "../../core/ports/seal.ts";
import { archiveKey } from "../../core/workspace/archive-key.ts";
import { type HttpProblem, problemReply } from "../../http/problem-reply.ts";
import type { BodySink, Intake } from "../receive-exchange.ts";
import { isAsSigned, readUploadPath, type SignedOrder, UPLOAD_PREFIX } from "./upload-link.ts";

export interface UploadIntakeParts {
  readonly blob: Blob;
  readonly seal: Seal;
  readonly clock: Clock;
}

/** What came is not what was signed for; found once all of it has come. */
class BodyDiffers extends Error {
  readonly code = "body_differs";
  constructor() {
    super("the body is not the one that was signed for");
    this.name = "BodyDiffers";
  }
}

/**
 * Takes archives by signed links, as S3 does in the cloud: whoever has the link may send, and needs no credential. The link
 * says of whom it is, and its length, its hash and its type are judged before anything is kept. What was sent is not sent again.
 */
export class UploadIntake implements Intake {
  readonly #parts: UploadIntakeParts;
  readonly #sinks = new Map<string, BodySink>();

  constructor(parts: UploadIntakeParts) {
    this.#parts = parts;
  }

  takes(target: string): boolean {
    return target.startsWith(UPLOAD_PREFIX);
  }

  sinkOf(requestId: string): BodySink | undefined {
    const sink = this.#sinks.get(requestId);
    this.#sinks.delete(requestId);
    return sink;
  }

  /** Lets a body in, or says why not. It has not come yet. */
  readonly handler: HttpHandler<DoorCall> = async ({ path, headers }, call) => {
    const { seal, clock } = this.#parts;
    const signed = readUploadPath(seal, path);
    const isGood = signed !== undefined && clock.nowMs() < signed.expiresAtEpochMs;
    if (!isGood) return named(problemReply(LINK_REFUSED, call.requestId));
    call.tenantId = signed.tenantId;
    if (!isAsSigned(headers, signed)) return named(problemReply(HEADERS_REFUSED, call.requestId));
    this.#sinks.set(call.requestId, (body) => this.#keep(signed, body, call.requestId));
    return named({ status: 200, headers: {}, body: "" });
  };

  async #keep(signed: SignedOrder, body: AsyncIterable<Uint8Array>, requestId: string): Promise<HttpReply> {
    const { tenantId, order } = signed;
    try {
      const key = archiveKey(tenantId, order.name);
      const kept = await this.#parts.blob.put(key, signedBody(body, signed), { ifAbsent: true });
      if (!kept.ok) return problemReply(SENT_BEFORE, requestId);
      return { status: 200, headers: { "cache-control": "no-store" }, body: "", log: { outcome: "ok" } };
    } catch (error) {
      if (!(error instanceof BodyDiffers)) throw error;
      return problemReply(BODY_REFUSED, requestId);
    }
  }
}

/** As the call's line calls it: the path is a secret. */
function named(reply: HttpReply): HttpReply {
  return { ...reply, log: { ...reply.log, operation: `PUT ${UPLOAD_PREFIX}` } };
}

async function* signedBody(body: AsyncIterable<Uint8Array>, { order }: SignedOrder): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of body) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== order.sha256) throw new BodyDiffers();
}

const LINK_REFUSED: HttpProblem = {
  status: 403,
  code: "upload_link_refused",
  detail: "this server did not sign the link, or its time is over; ask for a new one",
};
const HEADERS_REFUSED: HttpProblem = {
  status: 403,
  code: "upload_differs",
  detail: "the link was signed for other headers than these: length, type, checksum and if-none-match",
};
const SENT_BEFORE: HttpProblem = {
  status: 412,
  code: "upload_sent_before",
  detail: "what the link is for was sent before; have it accepted",
};
const BODY_REFUSED: HttpProblem = {
  status: 400,
  code: "upload_checksum_wrong",
  detail: "the body has another checksum than the one that its link was signed for",
};
