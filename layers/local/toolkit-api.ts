/** What people write tools of their own with: `import { defineTool, z } from "skein/toolkit"`. */
export { z } from "zod";
export { form, model, roots, url } from "../mcp/toolkit/ask.ts";
export {
  type ContentAnnotations,
  type ContentBlock,
  type EmbeddedResource,
  type MediaContent,
  type ResourceContents,
  type ResourceLink,
  type TextContent,
  text,
} from "../mcp/toolkit/content.ts";
export type {
  FormAnswer,
  FormSchema,
  InputMethod,
  ModelAnswer,
  ModelRequest,
  Question,
  Root,
  SamplingMessage,
  UrlAnswer,
} from "../mcp/toolkit/question.ts";
export type { JsonSchema, Read, Schema, ToolSchema } from "../mcp/toolkit/schema.ts";
export {
  type CallScope,
  type Completer,
  type Definition,
  definePrompt,
  defineResource,
  defineResourceTemplate,
  defineTool,
  type Icon,
  type JobNotes,
  type JobScope,
  type LogLevel,
  type Prompt,
  type PromptArgument,
  type PromptBody,
  type Resource,
  type ResourceBody,
  type ResourceTemplate,
  type Tool,
  type ToolAnnotations,
  ToolError,
  type Toolkit,
  type ToolReply,
} from "../mcp/toolkit/tool.ts";
