import * as z from "zod";
import { bucketName, cacheEndpoint, cacheName } from "../layers/core/deployment/settings.ts";
import { JOB_QUEUE_SETTINGS } from "./job-queue-settings.ts";

/** What a function is told that runs tools, within a call or a job. */
export const TOOL_SETTINGS = {
  ...JOB_QUEUE_SETTINGS,
  /** Where inputs and results of jobs lie, and replies of legacy calls, that are too large for an item. */
  BLOB_BUCKET: bucketName,
  /** Where the CyberChef layer was unpacked. */
  CYBERCHEF_DIR: z.string().startsWith("/"),
  /** Which CyberChef tools are listed. */
  SURFACE: z.enum(["index", "curated", "all"]),
  CACHE_ENDPOINT: cacheEndpoint,
  CACHE_NAME: cacheName,
  CACHE_USER: cacheName,
};

const ToolConfig = z.object(TOOL_SETTINGS);
export type ToolConfig = z.infer<typeof ToolConfig>;
