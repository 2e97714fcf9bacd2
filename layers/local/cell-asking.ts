import type { JobDeps } from "../core/job/job-parts.ts";
import type { Toolkit } from "../mcp/toolkit/tool.ts";
import { sha256 } from "../node/sha256.ts";
import { askUserEnded, type PeopleAtFirstUse } from "../people/ask-user.ts";
import { peopleToolkit } from "../people/people-toolkit.ts";
import type { CellPeople } from "./cell-people.ts";

/** Somebody was asked before there was anybody to ask. */
export class CellNotBegun extends Error {
  readonly code = "cell_not_begun";
  constructor() {
    super("a tool asks people before its cell has begun");
    this.name = "CellNotBegun";
  }
}

/** The tools of a cell by which people are asked. They are there before what they stand on is. */
export class CellAsking {
  readonly toolkit: Toolkit;
  /** What follows from the end of a job. */
  readonly ended: NonNullable<JobDeps["ended"]>;
  #people: (() => Promise<CellPeople>) | undefined;

  constructor() {
    const asked: PeopleAtFirstUse = async () => {
      if (this.#people === undefined) throw new CellNotBegun();
      const { questions, connections } = await this.#people();
      return { questions, connections, digest: sha256 };
    };
    this.toolkit = peopleToolkit(asked);
    this.ended = askUserEnded(asked);
  }

  /** To be called before anything is asked. */
  begin(people: () => Promise<CellPeople>): void {
    this.#people = people;
  }
}
