import * as z from "zod";

/** As replies tell it. */
export const epochMs = z.int().min(0).describe("Milliseconds since 1970-01-01T00:00:00Z");

/** As callers give it: a moment of ISO 8601 with its zone. */
export const moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
