/** Chance, passed in: a cryptographic generator in production, a seeded one in simulation. */
export interface Chance {
  /** A fresh version 4 UUID: 122 random bits. */
  uuid(): string;
  /** `length` random bytes, written in base64url without padding. */
  token(length: number): string;
}

/** From 0 to 1, with 32 random bits. */
export function randomShare(chance: Chance): number {
  return Number.parseInt(chance.uuid().slice(0, 8), 16) / 0xffff_ffff;
}
