/**
 * What the revisions of MCP demand of a server and the conformance suite does not try, or tries only in part.
 * Each is cited by the test that proves it (`proves` in `proves.ts`); `requirements.test.ts` fails where one is not.
 * `source` is the revision and the page under https://modelcontextprotocol.io/specification/.
 */

const HTTP = "2026-07-28/basic/transports/streamable-http";
const BASE = "2026-07-28/basic";
const MRTR = "2026-07-28/basic/patterns/mrtr";
const LISTEN = "2026-07-28/basic/patterns/subscriptions";
const TOOLS = "2026-07-28/server/tools";
const SESSIONS = "2025-11-25/basic/transports";

interface Requirement {
  readonly source: string;
  readonly behaviour: string;
}

const modernHttp = {
  "http:origin": { source: HTTP, behaviour: "a present and foreign Origin is answered with 403" },
  "http:one-message": { source: HTTP, behaviour: "the body is one request or notification, never an array" },
  "http:id": { source: BASE, behaviour: "an id is a string or an integer and never null" },
  "http:notification": { source: HTTP, behaviour: "an accepted notification is answered with 202 and no body" },
  "http:no-session": { source: HTTP, behaviour: "session and event ids of callers are ignored and none is given" },
  "http:stream": {
    source: HTTP,
    behaviour: "a stream holds notifications and ends with the response, without event ids",
  },
  "http:no-buffering": { source: HTTP, behaviour: "a stream asks proxies not to buffer" },
  "http:leaving-cancels": { source: HTTP, behaviour: "a caller that closes its stream has cancelled the request" },
  "http:method-unknown": { source: HTTP, behaviour: "an unknown method is answered with 404 and -32601" },
  "http:media-type": {
    source: "RFC 9110, 15.5.16",
    behaviour: "a body that is not said to be JSON is answered with 415",
  },
  "http:too-large": { source: "RFC 9110, 15.5.14", behaviour: "a body past the limit is answered with 413" },
  "http:parse-error": { source: "JSON-RPC 2.0, 5.1", behaviour: "a body that is not JSON is answered with -32700" },
  "http:verb": { source: "RFC 9110, 15.5.6", behaviour: "a verb without meaning here is answered with 405 and Allow" },
} as const satisfies Record<string, Requirement>;

const modernHeaders = {
  "header:version": { source: HTTP, behaviour: "the version header is there and is that of the body" },
  "header:version-unknown": {
    source: HTTP,
    behaviour: "an unknown version is answered with 400, -32022 and the known ones",
  },
  "header:method": { source: HTTP, behaviour: "Mcp-Method is there and is the body's method" },
  "header:name": { source: HTTP, behaviour: "Mcp-Name is there and is the name or uri in the body" },
  "header:case": { source: HTTP, behaviour: "header names have no case, and values have" },
  "header:base64": { source: HTTP, behaviour: "an encoded value is decoded before it is compared" },
  "header:param": {
    source: HTTP,
    behaviour: "each marked argument is mirrored in its header, and an absent one is not",
  },
  "header:param-integer": { source: HTTP, behaviour: "integers are compared as numbers" },
} as const satisfies Record<string, Requirement>;

const modernBase = {
  "meta:required": {
    source: BASE,
    behaviour: "a request without a required _meta field is answered with 400 and -32602",
  },
  "meta:capability": { source: BASE, behaviour: "an undeclared capability is answered with 400, -32021 and its name" },
  "meta:each-request": { source: BASE, behaviour: "nothing is taken from earlier requests of the connection" },
  "result:type": { source: BASE, behaviour: "every result says its type" },
  "result:server-info": { source: BASE, behaviour: "every result says who made it" },
  "error:id": { source: BASE, behaviour: "an error has the id of its request, and none where it could not be read" },
  "error:codes": { source: BASE, behaviour: "no retired code and no unassigned code of the reserved range is sent" },
  "discover:lists": {
    source: "2026-07-28/server/discover",
    behaviour: "server/discover names versions and capabilities",
  },
  "cache:hints": {
    source: "2026-07-28/server/utilities/caching",
    behaviour: "complete results of lists, reads and discovery have a ttl and a scope; other results have none",
  },
  "pages:scope": {
    source: "2026-07-28/server/utilities/caching",
    behaviour: "all pages of a list have the same scope",
  },
  "pages:whole": {
    source: "2026-07-28/server/utilities/pagination",
    behaviour: "following the cursors gives every entry once, in the same order everywhere",
  },
  "pages:cursor": {
    source: "2026-07-28/server/utilities/pagination",
    behaviour: "a cursor that was not given is answered with -32602",
  },
  "tools:unknown": { source: TOOLS, behaviour: "an unknown tool is answered with -32602" },
  "tools:arguments": { source: TOOLS, behaviour: "arguments that do not fit are told to the model as isError" },
  "tools:structured": { source: TOOLS, behaviour: "structured content fits the output schema and is mirrored as text" },
  "tools:output": { source: TOOLS, behaviour: "a value that does not fit the output schema never leaves" },
  "tools:failure": { source: TOOLS, behaviour: "a tool that fails is isError and tells nothing of the inside" },
  "resources:missing": {
    source: "2026-07-28/server/resources",
    behaviour: "a missing resource is answered with -32602 and its uri",
  },
  "progress:asked": {
    source: "2026-07-28/basic/patterns/progress",
    behaviour: "progress goes to those who asked, rises, and ends before the response",
  },
  "logging:level": {
    source: "2026-07-28/server/utilities/logging",
    behaviour: "messages go to requests that named a level, from that level on",
  },
  "logging:level-unknown": {
    source: "2026-07-28/server/utilities/logging",
    behaviour: "an unknown level is answered with -32602",
  },
} as const satisfies Record<string, Requirement>;

const modernQuestions = {
  "mrtr:where": { source: MRTR, behaviour: "only calls, prompts and reads are answered with a question" },
  "mrtr:declared": { source: MRTR, behaviour: "nothing is asked in a mode that the client did not declare" },
  "mrtr:tampered": { source: MRTR, behaviour: "changed state is answered with -32602" },
  "mrtr:principal": { source: MRTR, behaviour: "state given to one caller is refused from another" },
  "mrtr:request": { source: MRTR, behaviour: "state given for one request is refused with another" },
  "mrtr:expiry": { source: MRTR, behaviour: "state is refused after its time" },
  "mrtr:again": { source: MRTR, behaviour: "a missing or malformed answer is asked for again, extra ones are ignored" },
  "listen:acknowledged": { source: LISTEN, behaviour: "the first message acknowledges the honoured subset" },
  "listen:only-asked": { source: LISTEN, behaviour: "no unasked notification comes, and each names its subscription" },
  "listen:end": { source: LISTEN, behaviour: "a server that ends the stream says so with the response" },
} as const satisfies Record<string, Requirement>;

const legacyTransport = {
  "session:given": { source: SESSIONS, behaviour: "initialize gives an id of visible ASCII that can't be guessed" },
  "session:optional": {
    source: SESSIONS,
    behaviour: "a request without a session id is served as far as that goes, and has no stream of its own",
  },
  "session:unknown": { source: SESSIONS, behaviour: "an unknown or ended session is answered with 404" },
  "session:principal": {
    source: "2025-11-25/basic/security_best_practices",
    behaviour: "a session of one caller does not exist for another",
  },
  "session:version": {
    source: SESSIONS,
    behaviour: "an unknown version header is answered with 400, none means the session's",
  },
  "session:negotiation": {
    source: "2025-11-25/basic/lifecycle",
    behaviour: "an unknown version is offered the newest one with sessions",
  },
  "session:origin": { source: SESSIONS, behaviour: "a foreign Origin is answered with 403 in every revision" },
  "session:accepted": {
    source: SESSIONS,
    behaviour: "posted responses and notifications are answered with 202 and no body",
  },
  "stream:resume": { source: SESSIONS, behaviour: "leaving cancels nothing: the reply is fetched with Last-Event-ID" },
  "stream:own": { source: SESSIONS, behaviour: "events of another stream or session are never replayed" },
  "stream:ids": { source: SESSIONS, behaviour: "event ids are unique within the session" },
  "stream:priming": {
    source: SESSIONS,
    behaviour: "a first event without data and a retry time come from 2025-11-25 on",
  },
  "stream:one": { source: SESSIONS, behaviour: "a message goes to one of the session's streams" },
  "batch:received": { source: "2025-03-26/basic", behaviour: "2025-03-26 takes arrays of messages" },
  "batch:removed": { source: "2025-06-18/changelog", behaviour: "later revisions refuse arrays with 400" },
} as const satisfies Record<string, Requirement>;

const legacyShapes = {
  "shape:modern-fields": { source: "2025-11-25/schema", behaviour: "no field or error code of 2026-07-28 is sent" },
  "shape:structured": {
    source: "2025-06-18/server/tools",
    behaviour: "structured content is an object, and unknown before 2025-06-18",
  },
  "shape:missing-resource": {
    source: "2025-11-25/server/resources",
    behaviour: "a missing resource is answered with -32002",
  },
  "shape:elicitation": {
    source: "2025-11-25/client/elicitation",
    behaviour: "an empty elicitation capability means forms; a client without the mode gets an isError reply",
  },
  "cancel:notified": {
    source: "2025-11-25/basic/utilities/cancellation",
    behaviour: "a cancelled call stops, wherever the notification lands",
  },
} as const satisfies Record<string, Requirement>;

export const REQUIREMENTS = {
  ...modernHttp,
  ...modernHeaders,
  ...modernBase,
  ...modernQuestions,
  ...legacyTransport,
  ...legacyShapes,
} as const;

export type RequirementId = keyof typeof REQUIREMENTS;
