/** The official SDK's handler as a function behind a REST API, on no store. */
import { z } from "zod";
import { officialSdk } from "../peers/official-sdk.ts";

const RestEvent = z.object({
  httpMethod: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

const server = officialSdk(1);

export const handler = async (raw: unknown) => {
  const { httpMethod: method, path, headers, body } = RestEvent.parse(raw);
  const url = new URL(path, "https://api.example.com");
  const reply = await server.fetch(new Request(url, { method, headers, body: Buffer.from(body, "base64") }));
  return { statusCode: reply.status, headers: Object.fromEntries(reply.headers), body: await reply.text() };
};
