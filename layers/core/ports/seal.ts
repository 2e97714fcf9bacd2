/**
 * Signs what passes through a client's hands. Not encrypted: the client can read it.
 * `purpose` keeps a text sealed for one use from being opened for another.
 */
export interface Seal {
  seal(purpose: string, text: string): string;
  /** The sealed text, or undefined when it was not sealed for this purpose by a key that is still held. */
  open(purpose: string, sealed: string): string | undefined;
  /** The SHA-256 of a text, in base64url: to name a long text shortly. */
  digest(text: string): string;
}
