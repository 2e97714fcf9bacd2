import { expect, test } from "vitest";
import { legacyClient } from "../../../fixtures/legacy-client.ts";
import { fleet, toolOf } from "../../../fixtures/legacy-fleet.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";

const quiet = toolOf(() => "");

test("a session's stream tells of lists, and of the resources that it subscribed to since", async () => {
  const { start, pass, clock } = fleet(quiet);
  const [one, other] = [start(), start()];
  const client = await pass(legacyClient(one));
  const { tenantId } = one.context().principal;
  const stream = await pass(client.listen(one));
  await elapse(clock, 100);

  await pass(client.request(other, 1, "resources/subscribe", { uri: "r:1" }));
  for (const change of ["tools", { uri: "r:1" }, { uri: "r:2" }] as const) {
    await other.server.feed.publish(tenantId, change);
    await elapse(clock, 10);
  }
  await elapse(clock, 100);

  expect(stream.messages.map(({ method, params }) => [method, params])).toEqual([
    ["notifications/tools/list_changed", undefined],
    ["notifications/resources/updated", { uri: "r:1" }],
  ]);
});

test("a stream that breaks is gone on with where it stood, on another process", async () => {
  const { start, pass, clock } = fleet(quiet);
  const [one, other] = [start(), start()];
  const client = await pass(legacyClient(one));
  const { tenantId } = one.context().principal;
  const stream = await pass(client.listen(one));
  await pass(other.server.feed.publish(tenantId, "tools"));
  await elapse(clock, 100);
  one.kill();
  await pass(other.server.feed.publish(tenantId, "prompts"));
  await elapse(clock, 30_000);

  const resumed = await pass(client.listen(other, stream.lastEventId()));
  await elapse(clock, 100);

  expect(stream.messages.map(({ method }) => method)).toEqual(["notifications/tools/list_changed"]);
  expect(resumed.messages.map(({ method }) => method)).toEqual(["notifications/prompts/list_changed"]);
});

test("a change is told to one stream: the last to be opened; the one before ends", async () => {
  const { start, pass, clock } = fleet(quiet);
  const [one, other] = [start(), start()];
  const client = await pass(legacyClient(one));
  const first = await pass(client.listen(one));
  await elapse(clock, 3_000);
  const second = await pass(client.listen(other));
  await elapse(clock, 3_000);

  await pass(one.server.feed.publish(one.context().principal.tenantId, "tools"));
  await elapse(clock, 100);

  expect([first.messages.length, second.messages.length]).toEqual([0, 1]);
  expect(await pass(first.ended)).toBe("ended");
});

test("the stream of a session that is ended ends as well, wherever it is open", async () => {
  const { start, pass } = fleet(quiet);
  const [one, other] = [start(), start()];
  const client = await pass(legacyClient(one));
  const stream = await pass(client.listen(one));

  await pass(client.end(other));

  expect(await pass(stream.ended)).toBe("ended");
});
