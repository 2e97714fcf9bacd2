/**
 * Limits of saved recipes. Those that clients already rely on come from CyberChef-MCP 1.9 (its `RECIPE_MAX_*` settings
 * and recipe schema, read 2026-11-20). How they relate is held by `test/layers/core/recipe/limits.test.ts`.
 */

/** Recipes of one tenant, whatever its quota: a list can go through no more. */
export const RECIPE_COUNT_MAX = 10_000;
/** Steps written down in one recipe. */
export const RECIPE_OPERATIONS_MAX = 100;
/** Recipes within recipes: a recipe may refer to one that refers to one, five levels below the first. */
export const RECIPE_DEPTH_MAX = 5;
/** Steps looked at while a recipe and all it refers to is laid out flat, skipped ones included. */
export const RECIPE_STEPS_MAX = 1_000;
/** Different recipes read for one composition. */
export const RECIPE_REFERENCES_MAX = 100;
export const RECIPE_NAME_CHARACTERS_MAX = 200;
export const RECIPE_DESCRIPTION_CHARACTERS_MAX = 1_000;
export const RECIPE_CATEGORY_CHARACTERS_MAX = 50;
export const RECIPE_TAG_COUNT_MAX = 20;
export const RECIPE_TAG_CHARACTERS_MAX = 50;
export const OPERATION_NAME_CHARACTERS_MAX = 200;
/** Arrays and objects within an argument. CyberChef's own arguments go two deep. */
export const ARGUMENT_DEPTH_MAX = 16;

/** Re-applying a change to what another writer left. Each round at least one writer succeeds. */
export const UPDATE_ATTEMPTS_MAX = 64;
/** Wait before the next of those attempts, at most; the wait grows by a step for each attempt. */
export const UPDATE_WAIT_MS_MAX = 100;
export const UPDATE_WAIT_STEP_MS = 4;
/** Calls remembered in a recipe, so that a call run again after a crash changes nothing twice. */
export const REMEMBERED_CALLS_MAX = 16;
/** How long a deleted recipe remembers which call deleted it. Longer than any call is run again. */
export const DELETED_KEPT_SECONDS = 24 * 60 * 60;

/** Recipes read in one page of a list. */
export const LIST_PAGE_ITEMS = 200;
/** Pages read for one list: a full tenant's, and more, since DynamoDB ends a page at 1 MB. */
export const LIST_PAGES_MAX = 400;
export const LIST_ITEMS_DEFAULT = 100;
export const LIST_ITEMS_MAX = 1_000;
/** Recipes given in one list, as JSON: the largest recipe and more, and indented still what one reply may carry. */
export const LIST_CHARACTERS_MAX = 500_000;
