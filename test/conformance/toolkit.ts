/**
 * What the conformance suite expects of a server under test, as a toolkit like any user's:
 * names, texts and uris are those that the scenarios of `@modelcontextprotocol/conformance` call.
 */

import { prompts, resources } from "./prompts-and-resources.ts";
import { answering } from "./tools-answering.ts";
import { asJobs } from "./tools-as-jobs.ts";
import { asking } from "./tools-asking.ts";
import { running } from "./tools-running.ts";

export default [...answering, ...running, ...asking, ...asJobs, ...resources, ...prompts];
