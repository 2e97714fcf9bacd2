/** Chance, passed in: a cryptographic generator in production, a seeded one in simulation. */
export interface Chance {
  /** A fresh version 4 UUID: 122 random bits. */
  uuid(): string;
  /** `length` random bytes, written in base64url without padding. */
  token(length: number): string;
}
