import { toJSONSchema } from "zod/v4/core";
import type { FormAnswer, FormSchema, ModelAnswer, ModelRequest, Question, Root, UrlAnswer } from "./question.ts";
import { isZodSchema, type JsonSchema, type Read } from "./schema.ts";

/**
 * Asks a person to fill in a form. `schema` is a flat object of strings, numbers, booleans and choices
 * (MCP 2026-07-28, elicitation, "Requested schema"); a filled-in form that a zod schema refuses is asked for again.
 */
export function form<S extends FormSchema>(question: {
  readonly message: string;
  readonly schema: S;
}): Question<FormAnswer<Read<S>>> {
  return {
    kind: "form",
    request: {
      method: "elicitation/create",
      params: { mode: "form", message: question.message, requestedSchema: requestedSchema(question.schema) },
    },
    read: (raw) => readForm(question.schema, raw),
  };
}

/** Asks a person to go to an address and come back: for what must not pass through the client, such as a payment. */
export function url(question: { readonly message: string; readonly url: string }): Question<UrlAnswer> {
  return {
    kind: "url",
    request: { method: "elicitation/create", params: { mode: "url", message: question.message, url: question.url } },
    read: (raw) => {
      const action = actionOf(raw);
      return action === undefined ? undefined : { action };
    },
  };
}

/** Asks the client's language model for a message. */
export function model(request: ModelRequest): Question<ModelAnswer> {
  return {
    kind: "model",
    request: { method: "sampling/createMessage", params: { ...request } },
    read: (raw) => (isModelAnswer(raw) ? raw : undefined),
  };
}

/** Asks which folders or other roots the client works in. */
export function roots(): Question<readonly Root[]> {
  return {
    kind: "roots",
    request: { method: "roots/list" },
    read: (raw) => {
      if (!isRecord(raw) || !Array.isArray(raw.roots)) return undefined;
      return raw.roots.every(isRoot) ? raw.roots : undefined;
    },
  };
}

function requestedSchema(schema: FormSchema): JsonSchema {
  if (!isZodSchema(schema)) return schema;
  const { $schema: _dialect, additionalProperties: _closed, ...flat } = toJSONSchema(schema, { io: "input" });
  return flat;
}

function readForm<S extends FormSchema>(schema: S, raw: unknown): FormAnswer<Read<S>> | undefined {
  const action = actionOf(raw);
  if (action !== "accept") return action === undefined ? undefined : { action };
  const content = isRecord(raw) && isRecord(raw.content) ? raw.content : {};
  if (!isZodSchema(schema)) return { action, content: content as Read<S> };
  const read = schema.safeParse(content);
  return read.success ? { action, content: read.data as Read<S> } : undefined;
}

function actionOf(raw: unknown): UrlAnswer["action"] | undefined {
  if (!isRecord(raw)) return undefined;
  return raw.action === "accept" || raw.action === "decline" || raw.action === "cancel" ? raw.action : undefined;
}

function isModelAnswer(raw: unknown): raw is ModelAnswer {
  return (
    isRecord(raw) &&
    (raw.role === "user" || raw.role === "assistant") &&
    typeof raw.model === "string" &&
    typeof raw.content === "object" &&
    raw.content !== null
  );
}

function isRoot(raw: unknown): raw is Root {
  return isRecord(raw) && typeof raw.uri === "string";
}

function isRecord(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}
