import { type CarriedHead, parseCarriedHead } from "./carried-call.ts";

/**
 * A reply on its way from the network of projects: frames of a kind, a length and as many bytes. A function that fails says
 * so outside of what it streams, and then it has failed; a project that hangs up is no failure of the function, and still
 * nobody may take half of a reply for whole. So the end is said in the stream itself.
 */
const KINDS = { head: 1, piece: 2, whole: 3 } as const;
type Kind = keyof typeof KINDS;

const PREFIX_BYTES = 5;
/** Pieces come as sockets give them, some 64 KiB; a head is bounded by what is read of one. */
const FRAME_BYTES_MAX: number = 16 * 1024 * 1024;

export function headFrame(head: CarriedHead): Uint8Array {
  return frame("head", new TextEncoder().encode(JSON.stringify(head)));
}

export const pieceFrame = (piece: Uint8Array): Uint8Array => frame("piece", piece);

export const wholeFrame = (): Uint8Array => frame("whole", new Uint8Array());

function frame(kind: Kind, bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(PREFIX_BYTES + bytes.byteLength);
  const view = new DataView(framed.buffer);
  view.setUint8(0, KINDS[kind]);
  view.setUint32(1, bytes.byteLength);
  framed.set(bytes, PREFIX_BYTES);
  return framed;
}

/** The stream ended before the reply did: the project hung up, or its time or its size was over. */
export class ReplyBrokenOff extends Error {
  readonly code = "reply_broken_off";
  constructor() {
    super("the project's reply broke off before its end");
    this.name = "ReplyBrokenOff";
  }
}

/** What came is in no form that the carrier sends. */
export class FrameMalformed extends Error {
  readonly code = "frame_malformed";
  constructor(detail: string) {
    super(`the carrier sent ${detail}`);
    this.name = "FrameMalformed";
  }
}

export interface CarriedStream {
  readonly head: CarriedHead;
  /** To be read to its end, or left. @throws {ReplyBrokenOff} where the stream ends before it does. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Lets go of the stream, also where nothing of the body was asked for: a generator that has not begun can't see that. */
  readonly leave: () => Promise<void>;
}

/**
 * Reads on as far as the head.
 *
 * @throws {ReplyBrokenOff} where there is none, and {@link FrameMalformed}.
 */
export async function readCarried(stream: AsyncIterable<Uint8Array>): Promise<CarriedStream> {
  const frames = framesIn(stream);
  const leave = async (): Promise<void> => void (await frames.return(undefined));
  try {
    return { head: await headOf(frames), body: piecesOf(frames), leave };
  } catch (fault) {
    await leave();
    throw fault;
  }
}

async function headOf(frames: AsyncGenerator<Frame>): Promise<CarriedHead> {
  const first = await frames.next();
  if (first.done === true) throw new ReplyBrokenOff();
  if (first.value.kind !== "head") throw new FrameMalformed("something before the head");
  return parseCarriedHead(new TextDecoder().decode(first.value.bytes));
}

async function* piecesOf(frames: AsyncGenerator<Frame>): AsyncGenerator<Uint8Array> {
  for await (const { kind, bytes } of frames) {
    if (kind === "whole") return;
    if (kind === "head") throw new FrameMalformed("a second head");
    yield bytes;
  }
  throw new ReplyBrokenOff();
}

interface Frame {
  readonly kind: Kind;
  readonly bytes: Uint8Array;
}

/** Leaves out what is cut off at the end. */
async function* framesIn(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let held: Uint8Array = new Uint8Array();
  for await (const chunk of stream) {
    held = held.byteLength === 0 ? chunk : joined(held, chunk);
    for (let frame = frameAt(held); frame !== undefined; frame = frameAt(held)) {
      held = held.subarray(PREFIX_BYTES + frame.bytes.byteLength);
      yield frame;
    }
  }
}

/** Undefined as long as it is not all there. */
function frameAt(held: Uint8Array): Frame | undefined {
  if (held.byteLength < PREFIX_BYTES) return undefined;
  const view = new DataView(held.buffer, held.byteOffset, held.byteLength);
  const number = view.getUint8(0);
  const kind = (["head", "piece", "whole"] as const).find((name) => KINDS[name] === number);
  if (kind === undefined) throw new FrameMalformed(`a frame of kind ${number}`);
  const bytes = view.getUint32(1);
  if (bytes > FRAME_BYTES_MAX) throw new FrameMalformed(`a frame of ${bytes} bytes`);
  const end = PREFIX_BYTES + bytes;
  return held.byteLength < end ? undefined : { kind, bytes: held.subarray(PREFIX_BYTES, end) };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.byteLength + second.byteLength);
  both.set(first);
  both.set(second, first.byteLength);
  return both;
}
