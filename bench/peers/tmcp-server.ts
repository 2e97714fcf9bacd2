import { serve } from "@hono/node-server";
import { readyAt } from "../http/ready.ts";
import { tmcp } from "./tmcp.ts";

serve({ fetch: tmcp(1), hostname: "127.0.0.1", port: 0 }, ({ port }) => readyAt(port));
