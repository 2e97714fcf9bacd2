import type { Json } from "../../client/people/wire.ts";
import type { FieldValues } from "./form-fields.ts";
import { jsonText } from "./json-text.ts";

/** What somebody has begun to answer. */
export interface Draft {
  readonly text?: string;
  readonly choice?: string;
  readonly fields?: FieldValues;
}

/** What somebody has written here while they gave another answer elsewhere; empty where that can't be told. */
export function otherText({ text, choice }: Draft, given: Json | undefined): string {
  const written = text ?? choice ?? "";
  return typeof given !== "string" || written === given ? "" : written;
}

/** A draft as a text that can be taken elsewhere; empty where there is nothing to lose. */
export function draftText({ text = "", choice = "", fields }: Draft): string {
  if (text !== "" || choice !== "") return text === "" ? choice : text;
  const filled = Object.entries(fields ?? {}).filter(([, value]) => value !== "" && value !== false);
  return filled.map(([name, value]) => `${name}: ${jsonText(value)}`).join("\n");
}
