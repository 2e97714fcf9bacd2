/** Whether a call is within its tenant's rate, and what its caller is told of it. */
export interface RateAnswer {
  readonly admitted: boolean;
  /** Why not: the rate of this second, or the calls of this month. */
  readonly exceeded: "none" | "rate" | "month";
  readonly perSecond: number;
  readonly burst: number;
  /** As far as this process knows. */
  readonly remaining: number;
  /** Until the burst is whole again. */
  readonly resetSeconds: number;
  /** When a refused caller may try again; at least 1. */
  readonly retryAfterSeconds: number;
}
