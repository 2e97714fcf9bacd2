import { afterAll, beforeAll, expect, test } from "vitest";
import { browserParts } from "../../../client/people/browser-parts.ts";
import type { PeopleParts } from "../../../client/people/parts.ts";
import { PeopleClient } from "../../../client/people/people-client.ts";
import type { PeopleEvent } from "../../../client/people/people-event.ts";
import { type ApiCell, apiCell } from "../../fixtures/api-cell.ts";

/** The client on real sockets, against a whole cell. */

let cell: ApiCell;

beforeAll(async () => {
  cell = await apiCell();
  cell.warm();
});

afterAll(() => cell.close());

interface Someone {
  readonly client: PeopleClient;
  readonly events: readonly PeopleEvent[];
  /** As a network would that is gone: no other connection comes about until it is mended. */
  cut(): void;
  mend(): void;
  until(isSo: (event: PeopleEvent) => boolean): Promise<void>;
}

function someone(subject: string): Someone {
  const token = cell.token({ subject, role: "developer" });
  const parts = browserParts(`${cell.url.replace("http", "ws")}/ws`, async () => ({ token }));
  const cuts = new Set<() => void>();
  let isCut = false;
  const open: PeopleParts["open"] = (told) => {
    const socket = parts.open(told);
    const cut = (): void => {
      socket.close();
      told.closed({ code: 1006, reason: "" });
    };
    if (isCut) queueMicrotask(cut);
    else cuts.add(cut);
    return socket;
  };
  const client = new PeopleClient({ ...parts, open });
  const events: PeopleEvent[] = [];
  client.listen((event) => events.push(event));
  client.start();
  return {
    client,
    events,
    cut() {
      isCut = true;
      for (const cut of cuts) cut();
      cuts.clear();
    },
    mend() {
      isCut = false;
      client.wake();
    },
    until: (isSo) =>
      new Promise((resolve) => {
        if (events.some(isSo)) return resolve();
        const end = client.listen((event) => {
          if (!isSo(event)) return;
          end();
          resolve();
        });
      }),
  };
}

const isConnected = (event: PeopleEvent): boolean => event.kind === "status" && event.status.state === "connected";
const isBody = (body: string) => (event: PeopleEvent) => event.kind === "message" && event.message.body === body;

test("who comes back is told what they missed, all of it once and in order, and what they wrote meanwhile arrives", async () => {
  const COUNT = 150;
  const [ann, bob] = [someone("ann"), someone("bob")];
  await Promise.all([ann.until(isConnected), bob.until(isConnected)]);

  ann.cut();
  ann.client.publish("everyone", "written while away");
  for (let number = 1; number <= COUNT; number++) bob.client.publish("everyone", `number ${number}`);
  await bob.until(() => bob.client.unsent.length === 0);
  const before = ann.events.filter(({ kind }) => kind === "message").length;
  ann.mend();
  await Promise.all([bob.until(isBody("written while away")), ann.until(isBody("written while away"))]);

  const numbers = ann.events.flatMap((event) => (event.kind === "message" ? [event.message.seq] : []));
  expect(before).toBe(0);
  expect(numbers).toEqual(Array.from({ length: COUNT + 1 }, (_, index) => index + 1));
  expect([ann.client.unsent, bob.client.unsent]).toEqual([[], []]);
  ann.client.stop();
  bob.client.stop();
});

test("a token that is not good is refused, and not tried again", async () => {
  const parts = browserParts(`${cell.url.replace("http", "ws")}/ws`, async () => ({ token: "no token at all" }));
  const client = new PeopleClient(parts);

  client.start();
  await new Promise<void>((resolve) => {
    client.listen((event) => event.kind === "status" && event.status.state === "refused" && resolve());
  });

  expect(client.status).toMatchObject({ state: "refused", code: "credential_refused" });
});
