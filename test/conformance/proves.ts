import { test } from "vitest";
import { REQUIREMENTS, type RequirementId } from "./requirements.ts";

/** A test that proves a requirement, titled by what the requirement says and, where it has several cases, by the case. */
export function proves(id: RequirementId, ...given: [run: Run] | [theCase: string, run: Run]): void {
  const [run, theCase] = given.length === 2 ? [given[1], `: ${given[0]}`] : [given[0], ""];
  test(`${REQUIREMENTS[id].behaviour}${theCase} (${id})`, run);
}

type Run = () => Promise<void>;
