import type { LookupAddress } from "node:dns";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import type { LookupFunction } from "node:net";
import { JSON_DEPTH_MAX, parsedJson } from "../../core/parsed-json.ts";
import { DOCUMENT_BYTES_MAX, DOCUMENT_FETCHES_MAX, DOCUMENT_TIMEOUT_MS } from "./limits.ts";

export interface DocumentFetchOptions {
  /** All addresses of a name. */
  readonly addressesOf: (hostname: string) => Promise<readonly LookupAddress[]>;
  readonly isAllowed: (address: string) => boolean;
  /** Certificates to trust in place of those that Node brings. */
  readonly ca?: string;
}

/** Fetches a JSON document from an address that a stranger has named. */
export type DocumentFetch = (url: URL) => Promise<unknown>;

/**
 * Over TLS, from a name of which all addresses are allowed, within limits of time and size, some at a time, and from
 * nowhere that the answer points to. The name is looked up once, so what was checked is what is connected to.
 */
export function documentFetch({ addressesOf, isAllowed, ca }: DocumentFetchOptions): DocumentFetch {
  let open = 0;
  const lookup: LookupFunction = (hostname, { all }, callback) => {
    addressesOf(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined || !addresses.every(({ address }) => isAllowed(address))) {
          callback(new DocumentUnreadable("its name leads to no public address"), "");
        } else if (all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (cause: unknown) => callback(new DocumentUnreadable("its name leads nowhere", { cause }), ""),
    );
  };
  return async (url) => {
    if (open >= DOCUMENT_FETCHES_MAX) throw new DocumentUnreadable("too many others are read now");
    open++;
    try {
      const signal = AbortSignal.timeout(DOCUMENT_TIMEOUT_MS);
      const options = { lookup, signal, agent: false, headers: { accept: "application/json" } };
      return await new Promise((resolve, reject) => {
        get(url, ca === undefined ? options : { ...options, ca }, (reply) => read(reply).then(resolve, reject)).on(
          "error",
          reject,
        );
      });
    } catch (cause) {
      throw cause instanceof DocumentUnreadable ? cause : new DocumentUnreadable("it does not answer", { cause });
    } finally {
      open--;
    }
  };
}

async function read(reply: IncomingMessage): Promise<unknown> {
  const type = reply.headers["content-type"] ?? "";
  if (reply.statusCode !== 200 || !JSON_TYPE.test(type)) {
    reply.destroy();
    throw new DocumentUnreadable(`it answers ${reply.statusCode} with ${type.slice(0, 50)}`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of reply) {
    bytes += chunk.byteLength;
    if (bytes > DOCUMENT_BYTES_MAX) throw new DocumentUnreadable(`it has more than ${DOCUMENT_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  const document = parsedJson(Buffer.concat(chunks).toString());
  if (document === undefined)
    throw new DocumentUnreadable(`it is no JSON, or is nested more than ${JSON_DEPTH_MAX} deep`);
  return document;
}

const JSON_TYPE = /^application\/(?:[\w.-]{1,60}\+)?json(?:;|$)/i;

/** What a stranger has named can't be used. */
export class DocumentUnreadable extends Error {
  readonly code = "document_unreadable";
  constructor(why: string, options?: ErrorOptions) {
    super(why, options);
    this.name = "DocumentUnreadable";
  }
}
