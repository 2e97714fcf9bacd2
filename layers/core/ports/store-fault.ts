/** A store that could not be reached or did not answer. Whether a write took effect is then unknown. */
export class StoreFault extends Error {
  readonly code = "store_unavailable";
  readonly store: "table" | "queue" | "blob" | "cache" | "secrets" | "log";
  readonly operation: string;
  constructor(
    store: "table" | "queue" | "blob" | "cache" | "secrets" | "log",
    operation: string,
    options: { cause: unknown },
  ) {
    super(`the ${store} could not ${operation}`, options);
    this.name = "StoreFault";
    this.store = store;
    this.operation = operation;
  }
}
