/** MCP 2026-07-28, schema.ts, ContentBlock. */
export type ContentBlock = TextContent | MediaContent | ResourceLink | EmbeddedResource;

export interface ContentAnnotations {
  readonly audience?: readonly ("user" | "assistant")[];
  /** 0 (optional) to 1 (required). */
  readonly priority?: number;
  /** ISO 8601. */
  readonly lastModified?: string;
}

interface Annotated {
  readonly annotations?: ContentAnnotations;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

export interface TextContent extends Annotated {
  readonly type: "text";
  readonly text: string;
}

export interface MediaContent extends Annotated {
  readonly type: "image" | "audio";
  /** Base64. */
  readonly data: string;
  readonly mimeType: string;
}

export interface ResourceLink extends Annotated {
  readonly type: "resource_link";
  readonly uri: string;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly mimeType?: string;
  readonly size?: number;
}

export interface EmbeddedResource extends Annotated {
  readonly type: "resource";
  readonly resource: ResourceContents;
}

export type ResourceContents =
  | {
      readonly uri: string;
      readonly mimeType?: string;
      readonly text: string;
      readonly _meta?: Readonly<Record<string, unknown>>;
    }
  /** `blob` is base64. */
  | {
      readonly uri: string;
      readonly mimeType?: string;
      readonly blob: string;
      readonly _meta?: Readonly<Record<string, unknown>>;
    };

export function text(value: string): TextContent {
  return { type: "text", text: value };
}
