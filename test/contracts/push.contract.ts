import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ConnectionPlace, Push } from "../../layers/core/ports/push.ts";

/** A client at the other end of a connection. */
export interface PushedClient {
  readonly place: ConnectionPlace;
  /** What it was sent, in its order, once it is so many texts. Rejects where they don't come. */
  received(count: number): Promise<readonly string[]>;
  /** Takes nothing from the wire from now on. */
  stall(): Promise<void>;
  /** Takes all that waits for it, and what comes. */
  goOn(): Promise<void>;
  /** Ends the connection. Resolves once its holder knows. */
  leave(): Promise<void>;
  /** How its holder has ended the connection. */
  closed(): Promise<{ readonly code: number; readonly reason: string }>;
}

export interface PushUnderTest {
  readonly push: Push;
  /** At the process that the push is in, or at another; where an adapter knows but one holder, both are that one. */
  connect(at: "here" | "elsewhere"): Promise<PushedClient>;
  /** Whether it tells who takes more slowly than is sent, and what it tells them; left out where the service holds it all. */
  readonly lagged?: {
    /** Sent once to a client that takes nothing, it is more than waits for one. */
    readonly texts: readonly string[];
  };
  /** How a client is closed, whatever is said, where the service takes no words of ours; left out, as it was said. */
  readonly closesWith?: { readonly code: number; readonly reason: string };
  /** Has what is held elsewhere answer to nobody any more, and be gone; left out where that can't be. */
  readonly killElsewhere?: () => Promise<void>;
  close(): Promise<void>;
}

/** What every adapter of the port promises. */
export function pushContract(name: string, make: () => Promise<PushUnderTest>): void {
  describe(`the push contract, on ${name}`, () => {
    let made: PushUnderTest;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.close());

    test.each(["here", "elsewhere"] as const)(
      "texts reach a connection that is held %s, whole and in order",
      async (at) => {
        const client = await made.connect(at);
        const texts = ["first", "zwei ü 😀 \u2028", JSON.stringify({ quote: '"', line: "\n" })];

        const outcomes = await made.push.send([client.place], texts);
        const more = await made.push.send([client.place], ["last"]);

        expect([outcomes, more]).toEqual([["sent"], ["sent"]]);
        expect(await client.received(4)).toEqual([...texts, "last"]);
      },
    );

    test("one send reaches all, wherever they are held, and answers in their order", async () => {
      const clients = [await made.connect("here"), await made.connect("elsewhere"), await made.connect("here")];
      const left = clients[1];
      const places = clients.map(({ place }) => place);
      await left?.leave();

      const outcomes = await made.push.send(places, ["a", "b"]);

      expect(outcomes).toEqual(["sent", "gone", "sent"]);
      expect(await clients[0]?.received(2)).toEqual(["a", "b"]);
      expect(await clients[2]?.received(2)).toEqual(["a", "b"]);
    });

    test("of many connections each is sent all, and nobody else's", async () => {
      const clients = await Promise.all(
        Array.from({ length: 20 }, (_, number) => made.connect(number % 2 === 0 ? "here" : "elsewhere")),
      );
      const [some, others] = [clients.slice(0, 13), clients.slice(13)];
      const placesOf = (of: readonly PushedClient[]) => of.map(({ place }) => place);

      const outcomes = await Promise.all([
        made.push.send(placesOf(some), ["a1", "a2"]),
        made.push.send(placesOf(others), ["b1", "b2"]),
      ]);

      expect(outcomes.flat()).toEqual(clients.map(() => "sent"));
      for (const client of some) expect(await client.received(2)).toEqual(["a1", "a2"]);
      for (const client of others) expect(await client.received(2)).toEqual(["b1", "b2"]);
    });

    test("nothing is sent to nobody", async () => {
      const client = await made.connect("here");

      const outcomes = [await made.push.send([], ["a"]), await made.push.send([client.place], [])];
      await made.push.send([client.place], ["only"]);

      expect(outcomes[0]).toEqual([]);
      expect(await client.received(1)).toEqual(["only"]);
    });

    test.each(["here", "elsewhere"] as const)(
      "one that has left %s is gone, and so is one that never was",
      async (at) => {
        const client = await made.connect(at);
        await client.leave();
        const never = { ...client.place, connectionId: `${client.place.connectionId.slice(0, -2)}zz` };

        const outcomes = await made.push.send([client.place, never], ["a"]);

        expect(outcomes).toEqual(["gone", "gone"]);
      },
    );

    test.each(["here", "elsewhere"] as const)("one that is closed %s is told why, and is gone", async (at) => {
      const client = await made.connect(at);
      await made.push.send([client.place], ["last words"]);

      await made.push.close(client.place, { code: 4_003, reason: "somebody said so" });

      expect(await client.received(1)).toEqual(["last words"]);
      expect(await client.closed()).toEqual(made.closesWith ?? { code: 4_003, reason: "somebody said so" });
      await expect.poll(() => made.push.send([client.place], ["a"])).toEqual(["gone"]);
      await made.push.close(client.place, { code: 4_003, reason: "again" });
    });

    test.each(["here", "elsewhere"] as const)(
      "one that takes nothing %s holds up nobody, and is told once it takes again",
      async (at) => {
        const { lagged, push } = made;
        const [slow, quick] = [await made.connect(at), await made.connect(at)];
        const texts = lagged?.texts ?? ["a", "b"];
        await slow.stall();

        const outcomes = await push.send([slow.place, quick.place], texts);
        const all = await quick.received(texts.length);
        await slow.goOn();

        expect(outcomes).toEqual([lagged === undefined ? "sent" : "behind", "sent"]);
        expect(all).toEqual(texts);
        if (lagged !== undefined) {
          // A beginning of what was sent, without a gap, and then that it is not all.
          const told = await receivedUntil(slow, (text) => !texts.includes(text));
          expect(told.slice(0, -1)).toEqual(texts.slice(0, told.length - 1));
          expect(told.length - 1).toBeLessThan(texts.length);
        }
        await expect.poll(() => push.send([slow.place], ["z"])).toEqual(["sent"]);
      },
    );

    test("a holder that is killed is out of reach, and holds up nobody whom another holds", async () => {
      const { killElsewhere, push } = made;
      const [lost, kept] = [await made.connect("elsewhere"), await made.connect("here")];
      await killElsewhere?.();

      const outcomes = await push.send([lost.place, kept.place], ["a"]);
      await push.close(lost.place, { code: 1_001, reason: "" });

      expect(["unreachable", "gone"].includes(outcomes[0] ?? "")).toBe(killElsewhere !== undefined);
      expect(outcomes[1]).toBe("sent");
      expect(await kept.received(1)).toEqual(["a"]);
    });
  });
}

/** What a client has got, up to the first text of which the condition holds. */
async function receivedUntil(client: PushedClient, isLast: (text: string) => boolean): Promise<readonly string[]> {
  for (let count = 1; count <= 100_000; count++) {
    const texts = await client.received(count);
    if (isLast(texts[count - 1] ?? "")) return texts.slice(0, count);
  }
  throw new TypeError("it was never told");
}
