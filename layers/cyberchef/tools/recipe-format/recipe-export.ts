import type { Recipe } from "../../../core/recipe/recipe.ts";

/** A step in CyberChef's own JSON format. */
export interface ExportedStep {
  readonly op: string;
  readonly args: readonly unknown[];
  readonly disabled?: boolean;
  readonly breakpoint?: boolean;
}

export const RECIPE_URL_PREFIX = "cyberchef://recipe?data=";

export const exportJson = (recipe: Recipe): string => JSON.stringify(recipe, null, 2);

/** Loaded at the first YAML: most processes never write any. */
export async function exportYaml(recipe: Recipe): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(recipe, { aliasDuplicateObjects: false, lineWidth: 0 });
}

export const exportUrl = (recipe: Recipe): string =>
  RECIPE_URL_PREFIX + Buffer.from(JSON.stringify(recipe)).toString("base64url");

/** CyberChef's web app reads this under "Load recipe". */
export const exportCyberchef = (steps: readonly ExportedStep[]): string => JSON.stringify(steps, null, 2);
