/** A moment in words, and for programs too. */
export function Moment({
  atEpochMs,
  words,
  ...look
}: {
  readonly atEpochMs: number;
  readonly words: string;
  readonly class?: string;
  readonly title?: string;
}) {
  return (
    <time {...look} dateTime={new Date(atEpochMs).toISOString()}>
      {words}
    </time>
  );
}
