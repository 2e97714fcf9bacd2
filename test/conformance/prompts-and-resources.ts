import { Buffer } from "node:buffer";
import { definePrompt, defineResource, defineResourceTemplate, form, text, z } from "skein/toolkit";
import { PNG_BASE64 } from "./media.ts";

const CITIES = ["paris", "park", "party", "test-town", "testville"];

export const resources = [
  defineResource({
    name: "static-text",
    title: "Static text",
    uri: "test://static-text",
    description: "A text that never changes.",
    mimeType: "text/plain",
    read: () => "This is the content of the static text resource.",
  }),
  defineResource({
    name: "static-binary",
    title: "Static image",
    uri: "test://static-binary",
    description: "An image that never changes.",
    mimeType: "image/png",
    read: () => new Uint8Array(Buffer.from(PNG_BASE64, "base64")),
  }),
  defineResource({
    name: "watched-resource",
    title: "Watched resource",
    uri: "test://watched-resource",
    description: "A text whose changes can be subscribed to.",
    mimeType: "text/plain",
    read: () => "Watched resource content",
  }),
  defineResourceTemplate({
    name: "template",
    title: "Resource by id",
    uriTemplate: "test://template/{id}/data",
    description: "One resource for each id.",
    mimeType: "application/json",
    read: ({ id }) =>
      id === "none" ? undefined : JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
    complete: { id: (begun) => ["123", "124", "200"].filter((id) => id.startsWith(begun)) },
  }),
];

export const prompts = [
  definePrompt({
    name: "test_simple_prompt",
    title: "Simple prompt",
    description: "A prompt without arguments.",
    get: () => "This is a simple prompt for testing.",
  }),
  definePrompt({
    name: "test_prompt_with_arguments",
    title: "Prompt with arguments",
    description: "A prompt with two required arguments.",
    arguments: [
      {
        name: "arg1",
        description: "First test argument",
        required: true,
        complete: (begun) => CITIES.filter((city) => city.startsWith(begun)),
      },
      { name: "arg2", description: "Second test argument", required: true },
    ],
    get: ({ arg1, arg2 }) => `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`,
  }),
  definePrompt({
    name: "test_prompt_with_embedded_resource",
    title: "Prompt with a resource",
    description: "A prompt that embeds the contents of a resource.",
    arguments: [{ name: "resourceUri", description: "URI of the resource to embed", required: true }],
    get: ({ resourceUri = "" }) => [
      {
        role: "user",
        content: {
          type: "resource",
          resource: { uri: resourceUri, mimeType: "text/plain", text: "Embedded resource content for testing." },
        },
      },
      { role: "user", content: text("Please process the embedded resource above.") },
    ],
  }),
  definePrompt({
    name: "test_prompt_with_image",
    title: "Prompt with an image",
    description: "A prompt that holds an image.",
    get: () => [
      { role: "user", content: { type: "image", data: PNG_BASE64, mimeType: "image/png" } },
      { role: "user", content: text("Please analyze the image above.") },
    ],
  }),
  definePrompt({
    name: "test_input_required_result_prompt",
    title: "Prompt that asks",
    description: "A prompt that asks the person for its context.",
    get: async (_args, scope) => {
      const { user_context } = await scope.ask({
        user_context: form({
          message: "What context should the prompt use?",
          schema: z.object({ context: z.string() }),
        }),
      });
      return `Prompt with context: ${user_context.action === "accept" ? user_context.content.context : "none"}`;
    },
  }),
];
