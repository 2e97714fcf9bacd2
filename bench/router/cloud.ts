import type { Row } from "../row.ts";
import { type CloudLoad, cloudBounds, cloudPrice, cloudUse } from "./cloud-fan-out.ts";

/** What the Frontend Router's plan asks for: 100,000 messages a second, to its 20,000 connections. */
const PLANNED_PER_SECOND = 100_000;
const PLANNED_CONNECTIONS = 20_000;
const MESSAGE_BYTES = 500;

const toEach = (hearersPerMessage: number): CloudLoad => ({
  deliveriesPerSecond: PLANNED_PER_SECOND,
  hearersPerMessage,
  messageBytes: MESSAGE_BYTES,
});

/** Reckoned from list prices and quotas, and not measured. */
export function cloudRows(): readonly Row[] {
  const prices = [1, 10, 100, 1_000].map((hearers) => ({
    name: `AWS, reckoned: deliveries where ${hearers} hear each message`,
    value: cloudPrice(toEach(hearers)).all,
    unit: "$ a million",
  }));
  const load = toEach(1_000);
  const use = cloudUse(load);
  const planned = "AWS, reckoned: 100,000 deliveries a second to 1,000 each";
  return [
    ...prices,
    { name: `${planned}, published`, value: use.published, unit: "a second" },
    { name: `${planned}, parts of the connections`, value: use.shards, unit: "" },
    { name: `${planned}, lanes`, value: use.lanes, unit: "a second" },
    { name: `${planned}, functions`, value: use.functionsAtOnce, unit: "at once" },
    ...cloudBounds(load, { connections: PLANNED_CONNECTIONS }).map(({ name, needed, quota }) => ({
      name: `${planned}, of the quota for ${name}`,
      value: needed / quota,
      unit: "times",
    })),
  ];
}
