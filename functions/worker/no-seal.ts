import type { Seal } from "../../layers/core/ports/seal.ts";

/** Something in a worker wants to hand a text to a client. A job has none: what it asks, it keeps itself. */
export class WorkerSealsNothing extends Error {
  readonly code = "worker_seals_nothing";
  constructor() {
    super("a worker has no client to sign anything for, and no key");
    this.name = "WorkerSealsNothing";
  }
}

export const NO_SEAL: Seal = {
  seal: refuse,
  open: refuse,
  digest: refuse,
};

function refuse(): never {
  throw new WorkerSealsNothing();
}
