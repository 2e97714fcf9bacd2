import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { type QuotaPlace, Quotas } from "../../../../layers/core/quota/quotas.ts";
import { quotaKey } from "../../../../layers/core/store/keys.ts";
import { type ManualClock, manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const LIVES = 4;
const LIMIT = 3;

/** What happens next: a life takes its next step or its process dies, or the counts are repaired. */
interface Event {
  readonly life: number;
  readonly what: "step" | "die" | "reconcile";
  readonly elapsedMs: number;
}

interface Life {
  stage: "new" | "taken" | "made" | "leaving" | "deleted" | "over";
  place: QuotaPlace;
  takenAtMs: number;
}

/** Things that come and go in calls which may die at any point, and a reconciler that counts while they do. */
class World {
  readonly clock: ManualClock = manualClock();
  readonly #table = memoryTable(this.clock);
  readonly #quotas = new Quotas({ table: this.#table, clock: this.clock });
  readonly #things = new Set<number>();
  readonly #lives: Life[] = Array.from({ length: LIVES }, newLife);
  readonly #events: Event[];

  constructor(events: readonly Event[]) {
    this.#events = [...events];
  }

  async live(): Promise<void> {
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
      this.clock.advance(event.elapsedMs);
      if (event.what === "reconcile") await this.reconcile();
      else await this.#next(event);
      await this.#holdsItsLimit();
    }
  }

  dieAll(): void {
    for (const life of this.#lives) life.stage = "over";
  }

  /** Looks at one thing after another, and life goes on meanwhile. */
  async reconcile(): Promise<void> {
    const recipes = async (): Promise<number> => {
      let count = 0;
      for (let thing = 0; thing < LIVES; thing++) {
        if (this.#things.has(thing)) count += 1;
        const event = this.#events[0]?.what === "reconcile" ? undefined : this.#events.shift();
        if (event !== undefined) await this.#next(event);
      }
      return count;
    };
    await this.#quotas.reconcile(acme, { recipes });
  }

  async used(): Promise<number> {
    return Number((await this.#table.get(quotaKey(acme, "recipes")))?.used ?? 0);
  }

  get thingCount(): number {
    return this.#things.size;
  }

  async #holdsItsLimit(): Promise<void> {
    expect(await this.used()).toBeGreaterThanOrEqual(this.#things.size);
    expect(this.#things.size).toBeLessThanOrEqual(LIMIT);
  }

  async #next({ life: index, what }: Event): Promise<void> {
    const life = this.#lives[index];
    if (life === undefined) return;
    const isTooLate = life.stage === "taken" && this.clock.nowMs() - life.takenAtMs >= CALL_DURATION_MS_MAX;
    if (what === "die" || isTooLate) life.stage = this.#things.has(index) ? "made" : "new";
    else await this.#step(index, life);
  }

  async #step(index: number, life: Life): Promise<void> {
    switch (life.stage) {
      case "new": {
        const taken = await this.#quotas.take(acme, { quota: "recipes", limit: LIMIT });
        if (taken.ok) Object.assign(life, { stage: "taken", place: taken.value, takenAtMs: this.clock.nowMs() });
        return;
      }
      case "taken":
        this.#things.add(index);
        life.stage = "made";
        return;
      case "made":
        life.place = await this.#quotas.placeNow(acme, "recipes");
        life.stage = "leaving";
        return;
      case "leaving":
        this.#things.delete(index);
        life.stage = "deleted";
        return;
      case "deleted":
        await this.#quotas.giveBack(acme, "recipes", life.place);
        life.stage = "new";
        return;
      default:
        return;
    }
  }
}

function newLife(): Life {
  return { stage: "new", place: { repairs: 0 }, takenAtMs: 0 };
}

test("whoever dies and whenever it is repaired, no count is too low, and at rest every count is right", async () => {
  const event = fc.record({
    life: fc.nat({ max: LIVES - 1 }),
    what: fc.constantFrom("step", "step", "step", "step", "step", "die", "reconcile"),
    elapsedMs: fc.constantFrom(0, 0, 0, 1_000, CALL_DURATION_MS_MAX / 3, CALL_DURATION_MS_MAX),
  } satisfies { [K in keyof Event]: fc.Arbitrary<Event[K]> });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 40, maxLength: 200 }), async (events) => {
      const world = new World(events);
      await world.live();

      world.dieAll();
      world.clock.advance(CALL_DURATION_MS_MAX);
      await world.reconcile();

      expect(await world.used()).toBe(world.thingCount);
    }),
    { numRuns: 1_000 },
  );
});
