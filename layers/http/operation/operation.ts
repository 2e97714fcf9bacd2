import * as z from "zod";
import type { CallContext, HttpRequest } from "../../core/http/http-message.ts";
import type { Action } from "../../core/tenant/action.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import type { HttpProblem } from "../problem-reply.ts";

export type OperationMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** A whole reply, which a schema describes; or a text of another type than JSON. */
export interface OperationSuccess {
  readonly status: 200 | 201 | 204;
  readonly description: string;
  /** Left out, the reply has no body. */
  readonly schema?: z.ZodType;
  /** Other forms that the same may be asked for in. */
  readonly otherTypes?: readonly string[];
}

/** One call of an operation, read and allowed. */
export interface OperationCall<Query, Body> {
  readonly request: HttpRequest;
  readonly context: CallContext;
  /** Whom it is about: the tenant in the path, or the caller's own. */
  readonly tenantId: TenantId;
  /** Those of the path, decoded, without the tenant. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** From `If-Match`; undefined where the caller does not mind what is there. */
  readonly version: number | undefined;
}

export type OperationOutcome =
  | { readonly json?: unknown; readonly headers?: Readonly<Record<string, string>>; readonly secret?: boolean }
  | { readonly text: string; readonly contentType: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly problem: HttpProblem };

/** Something that can be asked for over HTTP: all that its router, its document and its tests know of it. */
export interface Operation {
  /** Unique; the `operationId` of the document. */
  readonly id: string;
  readonly method: OperationMethod;
  /** As OpenAPI writes it: `/api/tenants/{tenantId}/keys`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** What the caller must have the right to. */
  readonly action: Action;
  /** What one who runs the fleet must have the right to; left out, the same. */
  readonly fleetAction?: Action;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | undefined;
  readonly success: OperationSuccess;
  /** Whether it reads `If-Match`. */
  readonly takesVersion: boolean;
  readonly run: (call: OperationCall<never, never>) => Promise<OperationOutcome>;
}

type Given<Query extends z.ZodObject, Body extends z.ZodType> = Omit<
  Operation,
  "query" | "body" | "takesVersion" | "run"
> & {
  readonly query?: Query;
  readonly body?: Body;
  readonly takesVersion?: boolean;
  readonly run: (call: OperationCall<z.output<Query>, z.output<Body>>) => Promise<OperationOutcome>;
};

const NOTHING = z.strictObject({});

/** Declares an operation whose query and body its schemas read. */
export function defineOperation<Query extends z.ZodObject = typeof NOTHING, Body extends z.ZodType = z.ZodUndefined>(
  given: Given<Query, Body>,
): Operation {
  return { ...given, query: given.query ?? NOTHING, body: given.body, takesVersion: given.takesVersion ?? false };
}
