import { createServer } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { ready } from "../http/ready.ts";
import { officialSdk } from "./official-sdk.ts";

const server = createServer(toNodeHandler(officialSdk(1)));
server.listen(0, "127.0.0.1", () => ready(server));
