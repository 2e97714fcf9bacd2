import { FRAME_RATE, type FrameRateLimits } from "../../people/wire/frame-rate.ts";

/** What one process holds of WebSockets, and how long it waits. */
export interface WebSocketLimits extends FrameRateLimits {
  /** For the first `connect`, from the opening on. */
  readonly connectTimeoutMs: number;
  readonly pingIntervalMs: number;
  /** Without a sign of life a client is taken for gone. */
  readonly silenceMsMax: number;
  /** How often it is looked who is late, and how often whether those who are there still may be. */
  readonly sweepIntervalMs: number;
  readonly standingIntervalMs: number;
  /** For a client's answer to a close frame. */
  readonly closeTimeoutMs: number;
  /** What waits for one client that takes slowly; and for each where more than the second waits for all. */
  readonly waitingBytesMax: number;
  readonly allWaitingBytesMax: number;
  readonly crowdedBytesMax: number;
  /** Nothing taken for so long, or not all that is sent in the second, is slowly. */
  readonly stallMs: number;
  readonly slowSendMs: number;
  /** Texts that have not been looked at: of one client, and of all together. */
  readonly heardBytesMax: number;
  readonly allHeardBytesMax: number;
  /** Sockets of one process; those of which it is not known yet who is there; those of one address that is not the machine. */
  readonly socketsMax: number;
  readonly strangersMax: number;
  readonly perAddressMax: number;
  /** For the ends of all connections to be written down when the process ends. */
  readonly drainMs: number;
}

export const LOCAL_WEB_SOCKETS: WebSocketLimits = {
  connectTimeoutMs: 10_000,
  // Source: the Frontend Router's; API Gateway cuts after 10 minutes of silence (quotas, read 2026-11-20).
  pingIntervalMs: 30_000,
  silenceMsMax: 60_000,
  sweepIntervalMs: 1_000,
  // With the 8 s that a policy may be old, whoever may no longer be there is cut within ten.
  standingIntervalMs: 2_000,
  closeTimeoutMs: 5_000,
  ...FRAME_RATE,
  waitingBytesMax: 1024 * 1024,
  // A text that goes to many waits for all of them in one place, so this is more than is held.
  allWaitingBytesMax: 256 * 1024 * 1024,
  crowdedBytesMax: 64 * 1024,
  stallMs: 500,
  slowSendMs: 2_000,
  // One piece of the wire may hold so much, compressed: what comes after it is not read as long as it is not looked at.
  heardBytesMax: 1024 * 1024,
  allHeardBytesMax: 64 * 1024 * 1024,
  // 10 KB each: 200 MB.
  socketsMax: 20_000,
  strangersMax: 2_000,
  perAddressMax: 1_000,
  drainMs: 3_000,
};

/** Below this a compressed text is hardly smaller and only later. */
export const COMPRESS_BYTES_MIN = 1_024;
/** Looked back so far when something is compressed: 4 KiB. Nearly as small as with 32, for a tenth of the memory. */
export const WINDOW_BITS = 12;
export const COMPRESS_LEVEL = 3;
export const COMPRESS_MEMORY_LEVEL = 5;
/** Texts of clients that are read out of their compression at a time, by threads that the disk needs too. */
export const INFLATIONS_AT_ONCE = 2;
/** Frames of one message, and pieces of the wire of one frame: some bytes each can't fill the memory. */
export const FRAGMENTS_MAX = 64;
export const CHUNKS_MAX = 1_024;

/** What one process hands on to another: connections and bytes of one request, and how long it may take. */
export const PUSH_CONNECTIONS_MAX = 5_000;
export const PUSH_BODY_BYTES_MAX = 16 * 1024 * 1024;
export const PUSH_TIMEOUT_MS = 5_000;
/** A line between two processes that carries nothing: who asks lets go of it first, so that no request meets its end. */
export const PUSH_LINE_IDLE_MS_MAX = 2_000;
export const PUSH_DOOR_IDLE_MS_MAX = 10_000;
/** Requests to one other process at a time. */
export const PUSHES_AT_ONCE = 4;
