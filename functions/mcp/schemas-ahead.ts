import type { SchemasAhead } from "../../layers/mcp/catalogue/catalogue.ts";

/**
 * What clients are shown of the arguments of tools. Here none of it; the build puts in the place of this file what zod makes
 * of the sources, which a cold function would take longer for than for all else of its first answer.
 */
export const SCHEMAS_AHEAD: SchemasAhead = {};
