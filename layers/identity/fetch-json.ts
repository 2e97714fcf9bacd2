import { KEYS_BYTES_MAX, KEYS_FETCH_TIMEOUT_MS } from "./limits.ts";
import { isTlsOrLoopback } from "./loopback.ts";

/** Fetches a JSON document of an issuer. */
export type FetchJson = (url: string) => Promise<unknown>;

/** Within limits of time and size, over TLS or from this machine, and from nowhere that the answer points to. */
export const fetchJson: FetchJson = async (url) => {
  if (!isTlsOrLoopback(new URL(url))) throw new IssuerUnreachable(url, "it is not https");
  const response = await fetch(url, {
    redirect: "error",
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(KEYS_FETCH_TIMEOUT_MS),
  });
  if (!response.ok) throw new IssuerUnreachable(url, `it answers ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > KEYS_BYTES_MAX) throw new IssuerUnreachable(url, `it answers with more than ${KEYS_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
};

/** An issuer does not tell its keys, so its tokens can't be checked. */
export class IssuerUnreachable extends Error {
  readonly code = "issuer_unreachable";
  constructor(url: string, why: string, options?: ErrorOptions) {
    super(`${url} can't be used: ${why}`, options);
    this.name = "IssuerUnreachable";
  }
}
