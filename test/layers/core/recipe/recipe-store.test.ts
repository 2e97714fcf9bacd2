import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import { ITEM_BYTES_MAX, type Table } from "../../../../layers/core/ports/table.ts";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import {
  DELETED_KEPT_SECONDS,
  LIST_ITEMS_DEFAULT,
  LIST_PAGE_ITEMS,
  RECIPE_COUNT_MAX,
  REMEMBERED_CALLS_MAX,
  UPDATE_ATTEMPTS_MAX,
} from "../../../../layers/core/recipe/limits.ts";
import type { Recipe, RecipeDraft } from "../../../../layers/core/recipe/recipe.ts";
import type { RecipeFilter, RecipeStore } from "../../../../layers/core/recipe/recipe-store.ts";
import { StoredRecipeMalformed } from "../../../../layers/core/recipe/stored-recipe.ts";
import { recipeKey } from "../../../../layers/core/store/keys.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { cutOffTable, type RecipeBench, recipeBench } from "../../../fixtures/recipe-parts.ts";

const UNKNOWN_ID = "0b7e0f6a-6f0a-4c6e-8d7f-3a1f5f7c9d21";
const DRAFT: RecipeDraft = { name: "Decode", operations: [{ op: "From Base64" }] };

let bench: RecipeBench;
let store: RecipeStore;
let tenantId: TenantId;
beforeAll(async () => {
  bench = await recipeBench();
});
afterAll(() => bench.close());
beforeEach(() => {
  store = bench.storeOn(bench.table);
  tenantId = bench.newTenant();
});

const unlimited = (callId: string) => ({ callId, recipesMax: RECIPE_COUNT_MAX });

/** A store on a table of which only so many recipes may be kept. */
function limitedTo(recipesMax: number, table: Table) {
  const limited = bench.storeOn(table);
  return {
    create: (of: TenantId, draft: RecipeDraft, callId: string) => limited.create(of, draft, { callId, recipesMax }),
    delete: (of: TenantId, id: string, callId: string) => limited.delete(of, id, callId),
  };
}

async function created(draft: RecipeDraft = DRAFT, callId: string = crypto.randomUUID()): Promise<Recipe> {
  const recipe = await store.create(tenantId, draft, unlimited(callId));
  if (!recipe.ok) throw new TypeError(recipe.problem.reason);
  return recipe.value;
}

async function listed(filter: RecipeFilter = {}): Promise<readonly string[]> {
  const recipes = await store.list(tenantId, filter);
  return recipes.ok ? recipes.value.map(({ name }) => name).sort() : [];
}

describe("create", () => {
  test("a recipe is there as it was answered", async () => {
    const recipe = await created();

    expect(await store.get(tenantId, recipe.id)).toEqual(recipe);
  });

  test("a call that is run again makes one recipe, and answers with it", async () => {
    const first = await created(DRAFT, "call-1");
    const again = await created(DRAFT, "call-1");
    const other = await created(DRAFT, "call-2");

    expect(again).toEqual(first);
    expect(other.id).not.toBe(first.id);
    expect(await listed()).toHaveLength(2);
  });

  test.each([
    ["the place was taken", { atWrite: 1, lost: "answer" }],
    ["the recipe was written", { atWrite: 2, lost: "answer" }],
    ["the recipe was to be written", { atWrite: 2, lost: "write" }],
  ] as const)("a call cut off when %s makes one recipe when it is run again", async (_when, cut) => {
    const cutOff = bench.storeOn(cutOffTable(bench.table, cut));
    await expect(cutOff.create(tenantId, DRAFT, unlimited("call-1"))).rejects.toThrow(StoreFault);

    const recipe = await created(DRAFT, "call-1");

    expect(await listed()).toEqual(["Decode"]);
    expect(await store.get(tenantId, recipe.id)).toEqual(recipe);
  });

  test("two callers for the last place: one gets it", async () => {
    const small = limitedTo(1, bench.table);

    const outcomes = await Promise.all([
      small.create(tenantId, DRAFT, "call-1"),
      small.create(tenantId, DRAFT, "call-2"),
    ]);

    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(outcomes).toContainEqual({ ok: false, problem: { reason: "quota_reached", quota: "recipes", limit: 1 } });
    expect(await listed()).toHaveLength(1);
  });

  test("the call that took the last place is answered again although none is left", async () => {
    const small = limitedTo(1, bench.table);
    const first = await small.create(tenantId, DRAFT, "call-1");

    expect(await small.create(tenantId, DRAFT, "call-1")).toEqual(first);
  });

  test("places lost in crashes come back, and no recipe is counted twice", async () => {
    const small = limitedTo(2, bench.table);
    await small.create(tenantId, DRAFT, "call-1");
    const cutOff = limitedTo(2, cutOffTable(bench.table, { atWrite: 1, lost: "answer" }));
    await expect(cutOff.create(tenantId, DRAFT, "call-2")).rejects.toThrow(StoreFault);
    bench.advance(CALL_DURATION_MS_MAX);

    const third = await small.create(tenantId, DRAFT, "call-3");
    const fourth = await small.create(tenantId, DRAFT, "call-4");

    expect(third.ok).toBe(true);
    expect(fourth.ok).toBe(false);
  });

  test("a recipe above the size of an item is refused, and its place given back", async () => {
    const small = limitedTo(1, bench.table);
    const operations = [{ op: "Find / Replace", args: ["x".repeat(ITEM_BYTES_MAX)] }];

    const large = await small.create(tenantId, { ...DRAFT, operations }, "call-1");

    expect(large).toMatchObject({ ok: false, problem: { reason: "recipe_too_large", bytesMax: ITEM_BYTES_MAX } });
    expect((await small.create(tenantId, DRAFT, "call-2")).ok).toBe(true);
  });

  test("the call that made a recipe does not bring it back after it was deleted", async () => {
    const recipe = await created(DRAFT, "call-1");
    await store.delete(tenantId, recipe.id, "call-2");

    const again = await store.create(tenantId, DRAFT, unlimited("call-1"));

    expect(again).toEqual({ ok: false, problem: { reason: "recipe_unknown", recipeId: recipe.id } });
    expect(await listed()).toEqual([]);
  });
});

describe("update", () => {
  test("what is given changes, and the version is counted up", async () => {
    const { id } = await created();

    const updated = await store.update(tenantId, id, { change: { name: "Renamed" }, callId: "call-2" });

    expect(updated).toMatchObject({ ok: true, value: { id, name: "Renamed", version: "1.0.1" } });
    expect(await store.get(tenantId, id)).toMatchObject({ name: "Renamed", operations: DRAFT.operations });
  });

  test("many writers at once lose no update, from two stores on one table", async () => {
    const { id } = await created();
    const other = bench.storeOn(bench.table);
    const writers = 40;

    const outcomes = await Promise.all(
      Array.from({ length: writers }, (_, at) =>
        (at % 2 === 0 ? store : other).update(tenantId, id, {
          change: at < writers / 2 ? { tags: [`t${at}`] } : { metadata: { category: `c${at}` } },
          callId: `writer-${at}`,
        }),
      ),
    );

    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    const versions = outcomes.map((outcome) => (outcome.ok ? outcome.value.version : ""));
    expect(new Set(versions).size).toBe(writers);
    expect(await store.get(tenantId, id)).toMatchObject({
      version: `1.0.${writers}`,
      tags: [expect.stringMatching(/^t/)],
      metadata: { category: expect.stringMatching(/^c/) },
    });
  });

  test("a call that is run again changes nothing twice, also when others wrote since", async () => {
    const { id } = await created();
    const change = { description: "mine" };
    await store.update(tenantId, id, { change, callId: "call-2" });
    await store.update(tenantId, id, { change: { description: "another's" }, callId: "call-3" });

    const again = await store.update(tenantId, id, { change, callId: "call-2" });

    expect(again).toMatchObject({ ok: true, value: { version: "1.0.2", description: "another's" } });
  });

  test("a call whose answer was lost finds its own work done", async () => {
    const { id } = await created();
    const cutOff = bench.storeOn(cutOffTable(bench.table, { atWrite: 1, lost: "answer" }));
    const update = { change: { name: "Renamed" }, callId: "call-2" };
    await expect(cutOff.update(tenantId, id, update)).rejects.toThrow(StoreFault);

    const again = await store.update(tenantId, id, update);

    expect(again).toMatchObject({ ok: true, value: { version: "1.0.1", name: "Renamed" } });
  });

  test("calls are remembered through as many updates as promised", async () => {
    const { id } = await created();
    await store.update(tenantId, id, { change: { name: "first" }, callId: "first" });
    for (let at = 1; at < REMEMBERED_CALLS_MAX; at++) {
      await store.update(tenantId, id, { change: { name: `n${at}` }, callId: `call-${at}` });
    }

    const again = await store.update(tenantId, id, { change: { name: "first" }, callId: "first" });

    expect(again).toMatchObject({ ok: true, value: { version: `1.0.${REMEMBERED_CALLS_MAX}` } });
  });

  test("a writer that never comes first is told so, and has changed nothing", async () => {
    const { id } = await created();
    let rivals = 0;
    const crowded = bench.storeOn({
      get: (...of) => bench.table.get(...of),
      query: (range) => bench.table.query(range),
      update: (...of) => bench.table.update(...of),
      delete: (...of) => bench.table.delete(...of),
      put: async (...of) => {
        rivals += 1;
        await store.update(tenantId, id, { change: { name: `rival ${rivals}` }, callId: `rival-${rivals}` });
        return bench.table.put(...of);
      },
    });

    const outcome = await crowded.update(tenantId, id, { change: { name: "mine" }, callId: "mine" });

    expect(outcome).toEqual({
      ok: false,
      problem: { reason: "recipe_contended", attempts: UPDATE_ATTEMPTS_MAX },
    });
    expect(await store.get(tenantId, id)).toMatchObject({ name: `rival ${UPDATE_ATTEMPTS_MAX}` });
  });

  test("what does not exist, or was deleted, can't be changed", async () => {
    const { id } = await created();
    await store.delete(tenantId, id, "call-2");

    for (const recipeId of [id, UNKNOWN_ID]) {
      const outcome = await store.update(tenantId, recipeId, { change: { name: "n" }, callId: "call-3" });
      expect(outcome).toEqual({ ok: false, problem: { reason: "recipe_unknown", recipeId } });
    }
  });

  test("a change that makes a recipe too large is refused and leaves it as it was", async () => {
    const recipe = await created();
    const operations = [{ op: "Find / Replace", args: ["x".repeat(ITEM_BYTES_MAX)] }];

    const outcome = await store.update(tenantId, recipe.id, { change: { operations }, callId: "call-2" });

    expect(outcome).toMatchObject({ ok: false, problem: { reason: "recipe_too_large" } });
    expect(await store.get(tenantId, recipe.id)).toEqual(recipe);
  });
});

describe("delete", () => {
  test("a deleted recipe is gone from reads and lists", async () => {
    const { id } = await created();

    const deleted = await store.delete(tenantId, id, "call-2");

    expect(deleted.ok).toBe(true);
    expect(await store.get(tenantId, id)).toBeUndefined();
    expect(await listed()).toEqual([]);
  });

  test("of many that delete one recipe at once, one does; and it says so again when it is run again", async () => {
    const { id } = await created();
    const calls = Array.from({ length: 10 }, (_, at) => `call-${at}`);

    const outcomes = await Promise.all(calls.map((callId) => store.delete(tenantId, id, callId)));
    const again = await Promise.all(calls.map((callId) => store.delete(tenantId, id, callId)));

    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(again).toEqual(outcomes);
  });

  test("a deletion gives its place back once", async () => {
    const small = limitedTo(1, bench.table);
    const first = await small.create(tenantId, DRAFT, "call-1");
    const id = first.ok ? first.value.id : "";

    await small.delete(tenantId, id, "call-2");
    await small.delete(tenantId, id, "call-2");

    expect((await small.create(tenantId, DRAFT, "call-3")).ok).toBe(true);
    expect((await small.create(tenantId, DRAFT, "call-4")).ok).toBe(false);
  });

  test("a recipe that others keep changing is deleted in the end", async () => {
    const { id } = await created();
    const updates = Array.from({ length: 10 }, (_, at) =>
      store.update(tenantId, id, { change: { name: `n${at}` }, callId: `call-${at}` }),
    );

    const [deleted] = await Promise.all([store.delete(tenantId, id, "the deletion"), ...updates]);

    expect(deleted.ok).toBe(true);
    expect(await store.get(tenantId, id)).toBeUndefined();
  });

  test("what never existed, or is forgotten, can't be deleted", async () => {
    const { id } = await created();
    await store.delete(tenantId, id, "call-2");
    bench.advance(DELETED_KEPT_SECONDS * 1000);

    for (const recipeId of [id, UNKNOWN_ID]) {
      const outcome = await store.delete(tenantId, recipeId, "call-2");
      expect(outcome).toEqual({ ok: false, problem: { reason: "recipe_unknown", recipeId } });
    }
  });
});

describe("list", () => {
  test("recipes are found by tag, by category and by text in any case; filters join", async () => {
    await created({ ...DRAFT, name: "Alpha", tags: ["hash"], metadata: { category: "crypto" } });
    await created({ ...DRAFT, name: "Beta", description: "finds HASHES", metadata: { category: "crypto" } });
    await created({ ...DRAFT, name: "Gamma", tags: ["Rehash"] });

    expect(await listed()).toEqual(["Alpha", "Beta", "Gamma"]);
    expect(await listed({ tag: "hash" })).toEqual(["Alpha"]);
    expect(await listed({ category: "crypto" })).toEqual(["Alpha", "Beta"]);
    expect(await listed({ search: "hAsH" })).toEqual(["Alpha", "Beta", "Gamma"]);
    expect(await listed({ search: "gam" })).toEqual(["Gamma"]);
    expect(await listed({ search: "hash", category: "crypto", tag: "hash" })).toEqual(["Alpha"]);
    expect(await listed({ category: "Crypto" })).toEqual([]);
  });

  test("pages by limit and offset hold each recipe once, over several pages of the table", async () => {
    const count = LIST_PAGE_ITEMS + 10;
    await Promise.all(Array.from({ length: count }, (_, at) => created({ ...DRAFT, name: `n${at}` })));

    const pages: (readonly string[])[] = [];
    for (let offset = 0; offset < count; offset += 70) pages.push(await listed({ limit: 70, offset }));

    expect(pages.map(({ length }) => length)).toEqual([70, 70, 70]);
    expect(new Set(pages.flat()).size).toBe(count);
    expect(await listed()).toHaveLength(LIST_ITEMS_DEFAULT);
    expect(await listed({ offset: count })).toEqual([]);
  });

  test("recipes too large for one list are refused with how many fit, and come in smaller lists", async () => {
    const operations = [{ op: "Find / Replace", args: ["x".repeat(150_000)] }];
    await Promise.all(Array.from({ length: 4 }, (_, at) => created({ ...DRAFT, name: `n${at}`, operations })));

    expect(await store.list(tenantId, {})).toEqual({
      ok: false,
      problem: { reason: "recipe_list_too_large", fittingCount: 3 },
    });
    expect(await listed({ limit: 3 })).toHaveLength(3);
    expect(await listed({ limit: 3, offset: 3 })).toHaveLength(1);
  });

  test("a table that never ends its pages ends the list", async () => {
    const endless = bench.storeOn({
      get: (...of) => bench.table.get(...of),
      put: (...of) => bench.table.put(...of),
      update: (...of) => bench.table.update(...of),
      delete: (...of) => bench.table.delete(...of),
      query: async () => ({ items: [], cursor: "on" }),
    });

    expect(await endless.list(tenantId, {})).toMatchObject({
      ok: false,
      problem: { reason: "recipe_list_unfinished" },
    });
  });
});

test("no tenant reads, lists, changes or deletes another's recipe", async () => {
  const { id } = await created();
  const other = bench.newTenant();
  const unknown = { ok: false, problem: { reason: "recipe_unknown", recipeId: id } };

  expect(await store.get(other, id)).toBeUndefined();
  expect(await store.list(other, {})).toEqual({ ok: true, value: [] });
  expect(await store.update(other, id, { change: { name: "n" }, callId: "c" })).toEqual(unknown);
  expect(await store.delete(other, id, "c")).toEqual(unknown);
  expect(await store.get(tenantId, id)).toMatchObject({ name: "Decode" });
});

test("the same call id of two tenants makes two recipes", async () => {
  const mine = await created(DRAFT, "call-1");
  tenantId = bench.newTenant();
  const theirs = await created(DRAFT, "call-1");

  expect(theirs.id).not.toBe(mine.id);
});

test("a stored item that is no recipe is a fault, not an answer", async () => {
  await bench.table.put({ ...recipeKey(tenantId, UNKNOWN_ID), state: "saved" });

  await expect(store.get(tenantId, UNKNOWN_ID)).rejects.toThrow(StoredRecipeMalformed);
});
