import { tmcp } from "../peers/tmcp.ts";
import { fetchAnswerer } from "./answerer.ts";
import { runSubject } from "./subject.ts";

runSubject((toolCount) => fetchAnswerer(tmcp(toolCount)));
