import { expect, test } from "vitest";
import { GatewayHold } from "../../../../layers/core/connection/gateway-hold.ts";
import { GATEWAY_HEARTBEAT_MS, GATEWAY_LEASE_MS, GATEWAY_RETRY_MS } from "../../../../layers/core/connection/limits.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import { type ConnectionBench, connectionBench, GATEWAY } from "../../../fixtures/connection-bench.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";

function holdOf(bench: ConnectionBench, given: Partial<ConstructorParameters<typeof GatewayHold>[0]> = {}) {
  const [lost, reported]: [true[], unknown[]] = [[], []];
  const hold = new GatewayHold({
    gateways: bench.gateways,
    clock: bench.clock,
    gateway: "g2",
    address: "there",
    lost: () => lost.push(true),
    report: (fault) => reported.push(fault),
    ...given,
  });
  return { hold, lost, reported };
}

const stateOf = async ({ gateways }: ConnectionBench) => (await gateways.statesOf(["g2"])).get("g2")?.state;

test("a process that holds connections is held as long as it lives, and gone once it ends", async () => {
  const bench = await connectionBench();
  const { hold, lost } = holdOf(bench);
  await hold.start();

  await elapse(bench.clock, 5 * GATEWAY_LEASE_MS);
  const living = await stateOf(bench);
  await hold.end();

  expect([living, await stateOf(bench)]).toEqual(["held", "gone"]);
  expect(lost).toEqual([]);
});

test("renewals that fail are tried again soon, and some of them lose nothing", async () => {
  const bench = await connectionBench();
  let failures = 4;
  const { hold, reported } = holdOf(bench, {
    gateways: {
      enter: (...of) => bench.gateways.enter(...of),
      leave: (...of) => bench.gateways.leave(...of),
      async renew(gateway) {
        if (failures-- > 0) throw new StoreFault("table", "update", { cause: "down" });
        return bench.gateways.renew(gateway);
      },
    },
  });
  await hold.start();

  await elapse(bench.clock, GATEWAY_HEARTBEAT_MS + 4 * GATEWAY_RETRY_MS + 10);
  await elapse(bench.clock, GATEWAY_LEASE_MS - GATEWAY_HEARTBEAT_MS - 4 * GATEWAY_RETRY_MS);

  expect(reported).toHaveLength(4);
  expect(await stateOf(bench)).toBe("held");
  await hold.end();
});

test("a process that was cleared away is told once, and says no more that it lives", async () => {
  const bench = await connectionBench();
  const { hold, lost } = holdOf(bench);
  await hold.start();

  await bench.gateways.leave("g2");
  await elapse(bench.clock, 3 * GATEWAY_HEARTBEAT_MS);

  expect(lost).toEqual([true]);
  expect(await stateOf(bench)).toBe("gone");
  await hold.end();
});

test("a name that is taken is refused", async () => {
  const { hold } = holdOf(await connectionBench(), { gateway: GATEWAY });

  await expect(hold.start()).rejects.toMatchObject({ code: "gateway_name_taken" });
});
