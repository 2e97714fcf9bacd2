import { isTlsOrLoopback, LOOPBACK_NAMES } from "../loopback.ts";

/**
 * Whether a code may be sent there: to a server over TLS, or to a program on the person's own machine (RFC 8252,
 * section 7.3). Schemes of apps are refused, since any app may claim them.
 */
export function isRedirectUri(text: string): boolean {
  const uri = URL.parse(text);
  if (uri === null || text.includes("#") || uri.username !== "" || uri.password !== "") return false;
  return isTlsOrLoopback(uri);
}

/** Character by character; on the person's own machine at any port, which programs get when they start. */
export function isSameRedirect(registered: string, asked: string): boolean {
  if (registered === asked) return true;
  const [there, here] = [URL.parse(registered), URL.parse(asked)];
  if (there === null || here === null || !isRedirectUri(asked) || !LOOPBACK_NAMES.has(there.hostname)) return false;
  there.port = "";
  here.port = "";
  return there.protocol === "http:" && there.href === here.href;
}

/** The address with an answer to the client in its query. */
export function withAnswer(redirectUri: string, answer: Readonly<Record<string, string | undefined>>): string {
  const uri = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) if (value !== undefined) uri.searchParams.set(name, value);
  return uri.href;
}
