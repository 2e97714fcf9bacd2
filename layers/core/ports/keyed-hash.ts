/**
 * Hashes of secrets with a key that is kept elsewhere, so that whoever reads the store can neither find nor try a secret.
 */
export interface KeyedHash {
  /** With the newest key. Names the key. */
  of(text: string): string;
  /**
   * Whether the hash is of this text. Takes as long for any text.
   *
   * @returns `old` where it is, but with a key that will soon be given up: it should be hashed anew.
   */
  matches(text: string, hash: string): "yes" | "old" | "no";
}
