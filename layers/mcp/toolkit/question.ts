import type { z } from "zod";
import type { ContentBlock } from "./content.ts";
import type { JsonSchema } from "./schema.ts";

/**
 * What a tool may ask of the caller's side (MCP 2026-07-28, multi round-trip requests).
 * A question is put by `ctx.ask({ key: question })`; the answer has the type that the builder names.
 */
export interface Question<Answer> {
  readonly kind: "form" | "url" | "model" | "roots";
  /** The `InputRequest` as it goes on the wire. */
  readonly request: { readonly method: InputMethod; readonly params?: Readonly<Record<string, unknown>> };
  /** Reads a client's answer; undefined when it is not one, and then the question is asked again. */
  readonly read: (raw: unknown) => Answer | undefined;
}

export type InputMethod = "elicitation/create" | "sampling/createMessage" | "roots/list";

/** A person filled in the form, said no, or went away. */
export type FormAnswer<Content> =
  | { readonly action: "accept"; readonly content: Content }
  | { readonly action: "decline" | "cancel" };

export type UrlAnswer = { readonly action: "accept" | "decline" | "cancel" };

export interface SamplingMessage {
  readonly role: "user" | "assistant";
  readonly content: ContentBlock | readonly ContentBlock[];
}

export interface ModelRequest {
  readonly messages: readonly SamplingMessage[];
  readonly maxTokens: number;
  readonly systemPrompt?: string;
  readonly temperature?: number;
  readonly stopSequences?: readonly string[];
  readonly modelPreferences?: Readonly<Record<string, unknown>>;
}

export interface ModelAnswer extends SamplingMessage {
  readonly model: string;
  readonly stopReason?: string;
}

export interface Root {
  readonly uri: string;
  readonly name?: string;
}

export type FormSchema = z.ZodObject | JsonSchema;
