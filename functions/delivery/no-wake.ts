/** A job was to be let go on by whoever ends only questions that no job waits for. It has no queue to send to. */
export class DeliveryWakesNothing extends Error {
  readonly code = "delivery_wakes_nothing";
  constructor() {
    super("delivery ends questions that no job waits for, and has no queue of jobs");
    this.name = "DeliveryWakesNothing";
  }
}

/** For questions of which none has a job. */
export function noWake(): never {
  throw new DeliveryWakesNothing();
}
