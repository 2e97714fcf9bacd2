/** What a schedule sends to keep an environment warm. Pinned: schedules hold it as their input. */
const WARM_UP_SOURCE = "skein.warm-up";

/** Ends a warm-up before anything is read or loaded for it. */
export const warmUp = {
  before({ event }: { readonly event: unknown }): string | undefined {
    const isWarmUp =
      typeof event === "object" && event !== null && "source" in event && event.source === WARM_UP_SOURCE;
    return isWarmUp ? "" : undefined;
  },
};
