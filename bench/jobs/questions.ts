/** What the processes of the jobs benchmark are asked, over their channel; each question has one answer. */
export type JobQuestion =
  /** Submits so many jobs, as fast as it can, and answers once all have ended. */
  | { readonly ask: "work off"; readonly jobs: number }
  /** Submits so many, one after another with a pause in between, and answers when each was submitted. */
  | { readonly ask: "submit now and then"; readonly jobs: number; readonly pauseMs: number }
  /** How long each job had waited when it started, since the last such question. */
  | { readonly ask: "waited" }
  /** Fills the queue with jobs of one tenant, has workers take them up, and submits single jobs of another meanwhile. */
  | { readonly ask: "crowd"; readonly waiting: number; readonly singles: number };

export interface WorkedOff {
  readonly seconds: number;
}

export interface Waits {
  readonly ms: readonly number[];
}

/** Whether a process runs jobs, or only submits them. */
export type JobRole = "works" | "submits";
