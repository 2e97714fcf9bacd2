/** What a secret holds now, and what it held before it was last rotated. */
export interface SecretVersions {
  readonly current: string;
  readonly previous?: string;
}

/** One secret, remembered between reads. */
export interface Secret {
  /**
   * What was read no longer than `ageMaxMs` ago. Where it can't be read again, what was read last is still given, so
   * that a process at work outlives an outage of the secrets' own store.
   *
   * @throws {StoreFault} when nothing was ever read.
   */
  read(ageMaxMs: number): Promise<SecretVersions>;
}
