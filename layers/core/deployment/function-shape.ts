/** What stands before the functions of a cell: a regional REST API, or an application load balancer. */
export type FrontDoor = "rest" | "alb";

/** Whether a reply goes out as it is made, or whole at its end. Only the REST API streams. */
export type ReplyMode = "stream" | "buffer";

/** `write` takes in `read`. */
export type StoreRight = "none" | "read" | "write";

/** The secrets of a stage. */
export type SecretName = "access" | "apiKey" | "seal";

/** The queues of a cell, each with dead letters of its own. */
export type QueueName = "usage" | "jobs" | "jobs-high" | "messages";

export interface FunctionRoute {
  /** One that ends in `/` takes every path below it. */
  readonly path: string;
  /** `OPTIONS` besides, which every path answers. */
  readonly methods: readonly string[];
}

/** What a function asks of the place it runs in. The deployment supplies exactly this; so does the local host. */
export interface FunctionShape {
  /** Also the folder below `functions/` and `build/functions/`. */
  readonly name: string;
  readonly routes: readonly FunctionRoute[];
  readonly memoryMb: number;
  /** Behind each front door: no longer than that one waits. */
  readonly timeoutMs: Readonly<Record<FrontDoor, number>>;
  readonly replyMode: Readonly<Record<FrontDoor, ReplyMode>>;
  /** Folders below `build/layers/`, unpacked under `/opt`. */
  readonly layers: readonly "cyberchef"[];
  readonly tables: { readonly state: StoreRight; readonly control: StoreRight };
  readonly bucket: StoreRight;
  /** Secrets it may read. */
  readonly secrets: readonly SecretName[];
  /** Queues that it sends to. */
  readonly queues: readonly QueueName[];
  /**
   * Where the plan has projects: `use` starts and stops their runs and reads what they print, `look` asks where they are.
   * Left out, neither.
   */
  readonly runner?: "use" | "look";
  /** Sends to people's connections and ends them, in whichever region they are held. Left out, it does not. */
  readonly connections?: "push";
  /** Calls projects by way of the function in their network, where the plan has them. Left out, it does not. */
  readonly carrier?: "call";
  /** `use`: connect and read and write. `describe`: ask the service how the cache is. */
  readonly cache: "none" | "use" | "describe";
}
