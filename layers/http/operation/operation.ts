import * as z from "zod";
import type { CallContext, HttpReply, HttpRequest } from "../../core/http/http-message.ts";
import type { Action } from "../../core/tenant/action.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { type OperationOutcome, replyOf } from "./operation-reply.ts";
import { readCall } from "./read-call.ts";

export type OperationMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What a call that did what it asked for is told. */
export interface OperationSuccess {
  readonly status: 200 | 201 | 204;
  readonly description: string;
  /** Left out where there is no body, or none in JSON. */
  readonly schema?: z.ZodType;
  /** Shown with the schema in the document, which a test holds it against. */
  readonly example?: unknown;
  /** Other forms that the same may be asked for in. */
  readonly otherTypes?: readonly string[];
  /** Whether the reply has the version as its `ETag`. */
  readonly hasVersion?: boolean;
}

/** One call of an operation, read and allowed. */
export interface OperationCall<Params, Query, Body> {
  readonly request: HttpRequest;
  readonly context: CallContext;
  /** Whom it is about: the tenant in the path, or the caller's own. */
  readonly tenantId: TenantId;
  /** Those of the path, decoded, without the tenant. */
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** From `If-Match`; undefined where the caller does not mind what is there. */
  readonly version: number | undefined;
  /** From `Idempotency-Key`; undefined where the caller gave none. */
  readonly idempotencyKey: string | undefined;
}

/** A request whose path is an operation's, by a caller with the right to it. */
export interface SentCall {
  readonly request: HttpRequest;
  readonly context: CallContext;
  /** All of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** What reads a call, and describes it. */
export interface CallSchemas {
  /** Of each `{name}` in the path but the tenant. */
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | undefined;
  /** Whether it reads `If-Match`. */
  readonly takesVersion: boolean;
  /** Whether it reads `Idempotency-Key`. */
  readonly takesIdempotencyKey: boolean;
}

/** What the document and the tests know of an operation. */
interface Described {
  /** Unique; the `operationId` of the document. */
  readonly id: string;
  readonly method: OperationMethod;
  /** As OpenAPI writes it: `/api/tenants/{tenantId}/keys`. */
  readonly path: string;
  readonly summary: string;
  /** What else there is to know. */
  readonly description?: string;
  readonly tag: string;
  /** What the caller must have the right to. */
  readonly action: Action;
  /** What one who runs the fleet must have the right to; left out, the same. */
  readonly fleetAction?: Action;
  readonly success: OperationSuccess;
  /** When it is refused with 409, as the end of a sentence; left out, it never is. */
  readonly conflict?: string;
  /** A body as a caller might send it, shown in the document. */
  readonly bodyExample?: unknown;
}

/** An operation as it is described, wherever it is answered. */
export interface DescribedOperation extends Described {
  readonly schemas: CallSchemas;
}

/** Something that can be asked for over HTTP: all that its router, its document and its tests know of it. */
export interface Operation extends DescribedOperation {
  /** Reads the call, and does what it asks for. */
  readonly answer: (sent: SentCall) => Promise<HttpReply>;
}

interface Description<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> extends Described {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly takesVersion?: boolean;
  readonly takesIdempotencyKey?: boolean;
}

type Run<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> = (
  call: OperationCall<z.output<Params>, z.output<Query>, z.output<Body>>,
) => Promise<OperationOutcome>;

/** A description that knows what the calls hold that its schemas read. */
export interface OperationDescription<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType>
  extends DescribedOperation {
  readonly answeredBy: (run: Run<Params, Query, Body>) => Operation;
}

const NOTHING = z.strictObject({});

/** Describes an operation that is answered somewhere else than where the document is. */
export function describeOperation<
  Params extends z.ZodObject = typeof NOTHING,
  Query extends z.ZodObject = typeof NOTHING,
  Body extends z.ZodType = z.ZodUndefined,
>(description: Description<Params, Query, Body>): OperationDescription<Params, Query, Body>;
export function describeOperation(
  description: Description<z.ZodObject, z.ZodObject, z.ZodType>,
): OperationDescription<z.ZodObject, z.ZodObject, z.ZodType> {
  const { params = NOTHING, query = NOTHING, body, ...rest } = description;
  const { takesVersion = false, takesIdempotencyKey = false, ...told } = rest;
  const described = { ...told, schemas: { params, query, body, takesVersion, takesIdempotencyKey } };
  return {
    ...described,
    answeredBy: (run) => ({
      ...described,
      async answer(sent) {
        const call = readCall(described.schemas, sent);
        const outcome = call.ok ? await run(call.value) : { problem: call.problem };
        return replyOf(outcome, described.success.status, sent.context);
      },
    }),
  };
}

/** Declares an operation. Its schemas read what is sent, so `run` gets nothing that they do not describe. */
export function defineOperation<
  Params extends z.ZodObject = typeof NOTHING,
  Query extends z.ZodObject = typeof NOTHING,
  Body extends z.ZodType = z.ZodUndefined,
>(definition: Description<Params, Query, Body> & { readonly run: Run<Params, Query, Body> }): Operation {
  const { run, ...description } = definition;
  return describeOperation<Params, Query, Body>(description).answeredBy(run);
}
