import { expect, test } from "vitest";
import * as z from "zod";
import { openApi } from "../../../../layers/http/operation/openapi.ts";
import { defineOperation } from "../../../../layers/http/operation/operation.ts";

const paint = defineOperation({
  id: "paintThing",
  method: "PUT",
  path: "/api/tenants/{tenantId}/things/{name}/colour",
  tag: "things",
  summary: "Paint a thing",
  description: "It dries by itself.",
  action: "tenant.close",
  fleetAction: "fleet.tenant.delete",
  params: z.strictObject({ name: z.string().max(9).describe("What it is called") }),
  query: z.strictObject({ coats: z.coerce.number().int().min(1), matt: z.enum(["yes", "no"]).default("no") }),
  body: z.strictObject({ colour: z.string(), madeAtEpochMs: z.int().optional() }),
  bodyExample: { colour: "red" },
  takesVersion: true,
  success: { status: 200, description: "Painted", schema: z.object({ litres: z.int().min(0) }), hasVersion: true },
  conflict: "It is wet",
  run: async () => ({}),
});
const scrap = defineOperation({
  ...{ id: "scrapThing", method: "DELETE", path: "/things", tag: "things", summary: "Scrap", action: "tenant.read" },
  success: { status: 204, description: "Gone" },
  run: async () => ({}),
});

const stir = defineOperation({
  ...{ id: "stirThing", method: "POST", path: "/things", tag: "things", summary: "Stir", action: "tenant.read" },
  body: z.strictObject({ times: z.int().default(1) }).prefault({}),
  success: { status: 204, description: "Stirred" },
  run: async () => ({}),
});

const document = JSON.parse(
  JSON.stringify(
    openApi({
      ...{ title: "T", description: "D", version: "1", tags: [{ name: "things", description: "Things" }] },
      operations: [paint, scrap, stir],
      others: { "/mcp": { post: { operationId: "send", responses: {} } } },
    }),
  ),
);
const reference = (name: string) => ({ $ref: `#/components/responses/${name}` });

test("an operation is described by its schemas, with all that it may be refused with", () => {
  expect(document.paths["/api/tenants/{tenantId}/things/{name}/colour"].put).toEqual({
    operationId: "paintThing",
    tags: ["things"],
    summary: "Paint a thing",
    description:
      "It dries by itself.\n\nFor owner, with the scope tenant:admin.\n\nFor operator, with the scope fleet:admin.",
    parameters: [
      {
        name: "tenantId",
        in: "path",
        required: true,
        description: "A tenant's id, or `self` for one's own. Another's is as good as none, but for operators.",
        schema: { type: "string" },
      },
      {
        name: "name",
        in: "path",
        required: true,
        description: "What it is called",
        schema: { type: "string", maxLength: 9 },
      },
      { name: "coats", in: "query", required: true, schema: { type: "integer", minimum: 1 } },
      { name: "matt", in: "query", required: false, schema: { type: "string", enum: ["yes", "no"], default: "no" } },
      expect.objectContaining({ name: "If-Match", in: "header", required: false }),
    ],
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: {
            type: "object",
            properties: { colour: { type: "string" }, madeAtEpochMs: { type: "integer" } },
            required: ["colour"],
            additionalProperties: false,
          },
          example: { colour: "red" },
        },
      },
    },
    responses: {
      200: {
        description: "Painted",
        headers: { ETag: expect.anything() },
        content: {
          "application/json": {
            schema: { type: "object", properties: { litres: { type: "integer", minimum: 0 } }, required: ["litres"] },
          },
        },
      },
      400: reference("Invalid"),
      401: reference("Unauthorized"),
      403: reference("Forbidden"),
      404: reference("Absent"),
      409: expect.objectContaining({ description: "It is wet" }),
      412: reference("Changed"),
      413: reference("TooLarge"),
      415: reference("NotJson"),
      429: reference("TooMany"),
      503: reference("Unavailable"),
      default: reference("Fault"),
    },
  });
});

test("what an operation does not take is not described", () => {
  const { parameters, requestBody, responses } = document.paths["/things"].delete;

  expect({ parameters, requestBody }).toEqual({ parameters: [], requestBody: undefined });
  expect(Object.keys(responses)).toEqual(["204", "400", "401", "403", "429", "503", "default"]);
  expect(responses["204"]).toEqual({ description: "Gone" });
});

test("a body that may be left out is described as such", () => {
  const { requestBody } = document.paths["/things"].post;

  expect(requestBody.required).toBe(false);
  expect(requestBody.content["application/json"].schema).toMatchObject({
    type: "object",
    properties: { times: { type: "integer", default: 1 } },
  });
});

test("paths that no operation answers stand beside the others, and every reference leads to something", () => {
  const referred = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];

  expect(Object.keys(document.paths)).toContain("/mcp");
  expect(referred.length).toBeGreaterThan(10);
  for (const [, kind = "", name = ""] of referred) expect(Object.keys(document.components[kind])).toContain(name);
});
