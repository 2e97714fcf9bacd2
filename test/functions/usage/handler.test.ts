import { expect, test } from "vitest";
import { usageHandler } from "../../../functions/usage/handler.ts";
import { UsageBook } from "../../../layers/core/usage/usage-book.ts";
import { NO_USAGE } from "../../../layers/core/usage/usage-kind.ts";
import { UsageMessageMalformed, usageMessage } from "../../../layers/core/usage/usage-message.ts";
import { tenant } from "../../fixtures/tenants.ts";
import { usageRegion } from "../../layers/core/usage/usage-parts.ts";

const acme = tenant("acme");
const message = { id: "m", tenantId: acme, attempt: 1, receipt: "r" };

test("a message is taken into the usage of the tenant that sent it, once", async () => {
  const region = usageRegion();
  const handle = usageHandler({ table: region.table, clock: region.clock, region: "eu-west-1" });
  const epochHour = Math.floor(region.clock.nowMs() / 3_600_000);
  const reading = (source: string, calls: number) => ({ source, seq: 1, epochHour, totals: { ...NO_USAGE, calls } });
  const body = usageMessage([reading("p.0", 3), reading("p.1", 4)]);

  await handle({ ...message, body });
  await handle({ ...message, body, attempt: 2 });
  await region.settle();

  expect(await new UsageBook(region.table).month(acme, "2027-01")).toMatchObject({ calls: 7 });
});

test("a message that is none fails, so that it ends among the dead letters", async () => {
  const { table, clock } = usageRegion();
  const handle = usageHandler({ table, clock, region: "eu-west-1" });

  await expect(handle({ ...message, body: "hello" })).rejects.toThrow(UsageMessageMalformed);
});
