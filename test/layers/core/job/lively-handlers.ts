import type { Job } from "../../../../layers/core/job/job.ts";
import { failed, type JobHandler, type JobRun, succeeded } from "../../../../layers/core/job/job-run.ts";
import { recipeKey } from "../../../../layers/core/store/keys.ts";
import type { Life, World } from "./job-world.ts";

/** Where the effect of a job lies. */
export const effectKey = (job: Pick<Job, "tenantId" | "jobId">) => recipeKey(job.tenantId, `effect-${job.jobId}`);

/** Has an effect, and tells which: what the end of the job says must be what lies there. */
async function haveEffect(run: JobRun, world: World) {
  const token = world.chance.token(6);
  const written = await run.writer.put({ ...effectKey(run.job), token });
  return written.ok ? succeeded(token) : failed({ code: written.problem.reason, message: "" }, { isFinal: false });
}

export function handlersIn(world: World, life: Life): Readonly<Record<string, JobHandler>> {
  const { chance } = world;
  return {
    quick: (run) => haveEffect(run, world),
    async slow(run) {
      run.progress({ done: 1, total: 3 });
      await life.clock.sleep(chance.integer(80_000), run.signal);
      run.signal.throwIfAborted();
      return haveEffect(run, world);
    },
    // Has its effect at any time, also long after it was told to stop.
    async deaf(run) {
      await life.clock.sleep(chance.integer(60_000));
      const outcome = await haveEffect(run, world);
      await life.clock.sleep(chance.integer(10_000));
      return outcome;
    },
    async flaky(run) {
      if (chance.happens(60)) throw new Flaky();
      return haveEffect(run, world);
    },
    async doomed() {
      return failed({ code: "doomed", message: "Never works." }, { isFinal: chance.happens(50) });
    },
    async asking(run) {
      if (run.job.answers.second !== undefined) return haveEffect(run, world);
      return run.ask(run.job.answers.first === undefined ? { first: "?", other: "?" } : { second: "?" });
    },
  };
}
class Flaky extends Error {
  readonly code = "flaky";
}

export const KINDS = ["quick", "quick", "slow", "deaf", "flaky", "doomed", "asking"];
