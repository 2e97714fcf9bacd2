import { once } from "node:events";
import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { exitCodeOf } from "../../../../layers/core/deployment/project-task.ts";
import { supervise } from "../../../../layers/node/supervisor/supervise.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";

/** What is behind a link, by how often it was asked for. */
async function links(answer: (asked: number) => { readonly status: number; readonly body: string }) {
  let asked = 0;
  const server = createServer((_request, response) => {
    const { status, body } = answer(++asked);
    response.writeHead(status).end(body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { link: `http://127.0.0.1:${Object(server.address()).port}/order?X-Amz-Signature=s3cret`, asked: () => asked };
}

async function supervised(link: string): Promise<{ readonly exitCode: number; readonly log: string }> {
  const written: string[] = [];
  const folder = await testFolder();
  const exitCode = await supervise({
    link,
    workspace: folder,
    temporary: folder,
    prepare: () => {},
    environment: {},
    user: undefined,
    namePlace: { host: "127.0.0.1", port: 0 },
    diskBytes: () => 0,
    outOfMemoryCount: () => 0,
    stop: new AbortController().signal,
    write: (line) => void written.push(line),
    clock: { ...systemClock(), sleep: async () => {} },
  });
  return { exitCode, log: written.join("") };
}

test("a link that is over is tried again, then given up, and never written down", async () => {
  const { link, asked } = await links(() => ({ status: 403, body: "<Error>expired</Error>" }));

  const { exitCode, log } = await supervised(link);

  expect(exitCode).toBe(exitCodeOf("order_unread"));
  expect(asked()).toBe(5);
  expect(log).not.toContain("s3cret");
});

test("an order that is none is not run", async () => {
  const { link } = await links(() => ({ status: 200, body: '{"argv":["sh"]}' }));

  expect((await supervised(link)).exitCode).toBe(exitCodeOf("order_unread"));
});
