import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { sendReply } from "../../../layers/local/send-reply.ts";

/** A response, and what its connection was given at a time. */
function outgoing(): { readonly response: ServerResponse; readonly sent: string[] } {
  const sent: string[] = [];
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const connection = new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      sent.push(String(text));
      done();
    },
    writev(pieces, done) {
      sent.push(pieces.map(({ chunk }) => String(chunk)).join(""));
      done();
    },
  });
  response.assignSocket(connection as Socket);
  return { response, sent };
}

const stream = (body: AsyncIterable<string>) => ({ status: 200, headers: { "content-type": "text/plain" }, body });

test("the headers of a stream go together with a first piece that is there already", async () => {
  const { response, sent } = outgoing();
  async function* pieces() {
    yield "first";
    await turn();
    yield "second";
  }

  await sendReply(response, stream(pieces()), "r1");

  expect(sent[0]).toContain("HTTP/1.1 200 OK");
  expect(sent[0]).toContain("first");
  expect(sent[0]).not.toContain("second");
});

test("the headers of a stream wait for no first piece that is long in coming", async () => {
  const { response, sent } = outgoing();
  const { promise: coming, resolve: come } = Promise.withResolvers<void>();
  async function* pieces() {
    await coming;
    yield "first";
  }

  const sending = sendReply(response, stream(pieces()), "r1");
  while (sent.length === 0) await turn();
  expect(sent.join()).toContain("HTTP/1.1 200 OK");
  come();

  expect(await sending).toBe(5);
  expect(sent.join("")).toContain("first");
});
