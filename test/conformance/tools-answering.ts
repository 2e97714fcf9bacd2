import { defineTool, ToolError, text, z } from "skein/toolkit";
import { PNG_BASE64, WAV_BASE64 } from "./media.ts";

const nothing = z.object({});

/** Every keyword here must reach the client as it stands (SEP-1613, SEP-2106). */
const contactSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};

/** Tools that answer at once. */
export const answering = [
  defineTool({
    name: "test_simple_text",
    title: "Simple text",
    description: "Answers with one text.",
    input: nothing,
    annotations: { readOnlyHint: true },
    run: () => "This is a simple text response for testing.",
  }),
  defineTool({
    name: "test_image_content",
    description: "Answers with one image.",
    input: nothing,
    run: () => ({ content: [{ type: "image", data: PNG_BASE64, mimeType: "image/png" }] }),
  }),
  defineTool({
    name: "test_audio_content",
    description: "Answers with one sound.",
    input: nothing,
    run: () => ({ content: [{ type: "audio", data: WAV_BASE64, mimeType: "audio/wav" }] }),
  }),
  defineTool({
    name: "test_embedded_resource",
    description: "Answers with the contents of a resource.",
    input: nothing,
    run: () => ({
      content: [
        {
          type: "resource",
          resource: {
            uri: "test://embedded-resource",
            mimeType: "text/plain",
            text: "This is an embedded resource content.",
          },
        },
      ],
    }),
  }),
  defineTool({
    name: "test_multiple_content_types",
    description: "Answers with a text, an image and a resource.",
    input: nothing,
    run: () => ({
      content: [
        text("Multiple content types test:"),
        { type: "image", data: PNG_BASE64, mimeType: "image/png" },
        {
          type: "resource",
          resource: {
            uri: "test://mixed-content-resource",
            mimeType: "application/json",
            text: JSON.stringify({ test: "data", value: 123 }),
          },
        },
      ],
    }),
  }),
  defineTool({
    name: "test_error_handling",
    description: "Fails on purpose.",
    input: nothing,
    run: () => {
      throw new ToolError("This tool intentionally returns an error for testing");
    },
  }),
  defineTool({
    name: "json_schema_2020_12_tool",
    description: "Takes its arguments by a schema that uses the vocabulary of JSON Schema 2020-12.",
    input: contactSchema,
    run: (contact) => `Reached ${String(contact.name ?? "someone")}.`,
  }),
  defineTool({
    name: "test_custom_header",
    description: "Has arguments that modern clients mirror in Mcp-Param headers.",
    input: {
      type: "object",
      properties: {
        region: { type: "string", "x-mcp-header": "Region" },
        shard: { type: "integer", "x-mcp-header": "Shard" },
        dryRun: { type: "boolean", "x-mcp-header": "Dry-Run" },
        note: { type: "string" },
      },
    },
    run: ({ region, shard, dryRun }) => JSON.stringify({ region, shard, dryRun }),
  }),
];
