import * as z from "zod";
import type { FunctionShape } from "../../layers/core/deployment/function-shape.ts";
import { PASSED_METHODS, PROXY_PREFIX } from "../../layers/http/passage/proxy-path.ts";
import { GATE_SETTINGS } from "../gate-settings.ts";
import { RUNNER_SETTINGS } from "../runner-settings.ts";

const { RUNNER_CLUSTER } = RUNNER_SETTINGS;

/** What the function before projects is told by its surroundings. */
export const PassageConfig = z.strictObject({
  ...GATE_SETTINGS,
  RUNNER_CLUSTER,
  /** The function in the network of projects, and its alias; `none` where the plan has no projects. */
  CARRIER_FUNCTION: z
    .string()
    .regex(/^(?:none|[\w-]{1,64}:[\w-]{1,128})$/, "expected none, or a function with its alias"),
  /** `stream` behind a REST API, `buffer` behind a load balancer. */
  REPLY_MODE: z.enum(["stream", "buffer"]),
});

export const PASSAGE_SHAPE: FunctionShape = {
  name: "passage",
  routes: [{ path: PROXY_PREFIX, methods: PASSED_METHODS }],
  memoryMb: 512,
  // As long as a call of a local cell; a load balancer cuts a quiet connection after 60 s.
  timeoutMs: { rest: 300_000, alb: 60_000 },
  replyMode: { rest: "stream", alb: "buffer" },
  layers: [],
  tables: { state: "write", control: "write" },
  bucket: "none",
  secrets: ["access", "apiKey"],
  queues: ["usage"],
  cache: "none",
  runner: "look",
  carrier: "call",
};
