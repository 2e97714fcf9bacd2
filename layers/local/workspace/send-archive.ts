import { once } from "node:events";
import { type ClientRequest, request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { text } from "node:stream/consumers";
import type { ArchiveLink } from "../../core/ports/workspace-archives.ts";
import { SEND_PIECE_BYTES, SEND_SILENCE_MAX_MS } from "./limits.ts";

export interface SentArchive {
  readonly status: number;
  /** What was answered, for people. */
  readonly text: string;
}

/** Nothing moved any more on the way to where an archive is sent. */
export class SendSilent extends Error {
  readonly code = "send_silent";
  constructor() {
    super(`the archive did not go on for ${SEND_SILENCE_MAX_MS} ms`);
    this.name = "SendSilent";
  }
}

/**
 * Sends an archive by its link, in pieces, so that it can be told how far it is.
 *
 * @throws Node's own error where nobody answers, and {@link SendSilent}.
 */
export async function sendArchive(
  { method, url, headers }: ArchiveLink,
  { archive, onProgress }: { readonly archive: Buffer; readonly onProgress?: (sentBytes: number) => void },
): Promise<SentArchive> {
  const ask = url.startsWith("https:") ? overHttps : overHttp;
  const asking = ask(url, { method, headers, agent: false });
  asking.setTimeout(SEND_SILENCE_MAX_MS, () => asking.destroy(new SendSilent()));
  const answered = once(asking, "response");
  // Where it can't be sent to its end, the answer says why, or that there is none.
  sendPieces(asking, archive, onProgress).catch(() => undefined);
  try {
    const [response] = await answered;
    return { status: Number(response.statusCode), text: await text(response) };
  } finally {
    asking.destroy();
  }
}

async function sendPieces(
  asking: ClientRequest,
  archive: Buffer,
  onProgress: (sentBytes: number) => void = () => undefined,
): Promise<void> {
  for (let from = 0; from < archive.byteLength && !asking.destroyed; from += SEND_PIECE_BYTES) {
    const piece = archive.subarray(from, from + SEND_PIECE_BYTES);
    const isTaken = asking.write(piece);
    if (!isTaken) await once(asking, "drain");
    onProgress(from + piece.byteLength);
  }
  asking.end();
}
