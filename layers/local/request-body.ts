import type { IncomingMessage } from "node:http";
import { BODY_BYTES_MAX } from "../http/limits.ts";

/** Counts the bytes of all bodies that this process holds. */
export class BodyBudget {
  readonly #bytesMax: number;
  #heldBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** False when there is no room, and then nothing was taken. */
  take(bytes: number): boolean {
    if (this.#heldBytes + bytes > this.#bytesMax) return false;
    this.#heldBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}

export type BodyProblem = "body_too_large" | "body_no_room" | "caller_gone";

const EMPTY = new Uint8Array();

/**
 * Reads a request's body whole. It stops at the first byte too many, and before the first where the length is told.
 * The budget keeps what the body took until the call gives it back; a refused body has given it back already.
 */
export async function readBody(incoming: IncomingMessage, budget: BodyBudget): Promise<Uint8Array | BodyProblem> {
  const { "content-length": declared, "transfer-encoding": coding } = incoming.headers;
  if (declared === undefined && coding === undefined) return EMPTY;
  if (Number(declared ?? 0) > BODY_BYTES_MAX) return "body_too_large";
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const refuse = (problem: BodyProblem): void => {
      incoming.off("data", hold).pause();
      budget.give(bytes);
      bytes = 0;
      resolve(problem);
    };
    const hold = (chunk: Buffer): void => {
      if (bytes + chunk.byteLength > BODY_BYTES_MAX) refuse("body_too_large");
      else if (!budget.take(chunk.byteLength)) refuse("body_no_room");
      else {
        bytes += chunk.byteLength;
        chunks.push(chunk);
      }
    };
    incoming.on("data", hold);
    incoming.on("end", () => {
      const [first] = chunks;
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
    });
    incoming.on("close", () => {
      if (!incoming.complete) refuse("caller_gone");
    });
  });
}
