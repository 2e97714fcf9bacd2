import type { Call, HttpHandler } from "../core/http/http-message.ts";

/** Loads at the first call, and for all of them: what failed to load is not loaded again. */
export function onceLoaded<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
}

/** A handler that not every cell is asked for: each would start later for it. */
export function loadedAtFirstCall<Passing extends Call>(
  load: () => Promise<HttpHandler<Passing>>,
): HttpHandler<Passing> {
  const loaded = onceLoaded(load);
  return async (request, call) => (await loaded())(request, call);
}
