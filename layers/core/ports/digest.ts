/** The SHA-256 of a text's UTF-8 bytes, in base64url without padding: 43 characters. */
export type Digest = (text: string) => string;
