import type { JobDeps } from "../layers/core/job/job-parts.ts";
import type { Toolkit } from "../layers/mcp/toolkit/tool.ts";
import { sha256 } from "../layers/node/sha256.ts";
import { askUserEnded, type PeopleAtFirstUse } from "../layers/people/ask-user.ts";
import { peopleToolkit } from "../layers/people/people-toolkit.ts";
import type { FunctionPeople, FunctionPeopleParts } from "./function-people.ts";

/** How a function asks people whose tools or jobs do. */
export interface AskingPeople {
  /** The tools. */
  readonly toolkit: Toolkit;
  /** What follows from the end of a job. */
  readonly ended: NonNullable<JobDeps["ended"]>;
  /** What the tools stand on. */
  people(): Promise<FunctionPeople>;
}

/** Loads and makes what it takes with the first that is asked, or over: few calls and jobs ask anybody. */
export function askingPeople(parts: FunctionPeopleParts): AskingPeople {
  let made: Promise<FunctionPeople> | undefined;
  const people = (): Promise<FunctionPeople> => {
    made ??= import("./function-people.ts").then((loaded) => new loaded.FunctionPeople(parts));
    return made;
  };
  const asked: PeopleAtFirstUse = async () => {
    const { questions, connections } = await people();
    return { questions, connections, digest: sha256 };
  };
  return { toolkit: peopleToolkit(asked), ended: askUserEnded(asked), people };
}
