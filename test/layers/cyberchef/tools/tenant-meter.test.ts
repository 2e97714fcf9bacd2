import { describe, expect, test } from "vitest";
import {
  CALL_RECORDS_MAX,
  METERED_TENANTS_MAX,
  RUNNING_CALLS_MAX,
  WAITING_CALLS_MAX,
} from "../../../../layers/cyberchef/tools/limits.ts";
import { type CallRecord, TenantMeter, TenantMeters } from "../../../../layers/cyberchef/tools/tenant-meter.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const forever = new AbortController().signal;

function full(): TenantMeter {
  const meter = new TenantMeter();
  for (let place = 0; place < RUNNING_CALLS_MAX; place++) meter.tryEnter();
  return meter;
}

function record(tool: string): CallRecord {
  const sizes = { inputBytes: 2, outputBytes: 3 };
  return { tool, durationMs: 1, ...sizes, success: true, cached: false, atEpochMs: 0 };
}

describe("places", () => {
  test("the last place is given once, and one that is given back again", () => {
    const meter = full();

    const beyond = meter.tryEnter();
    meter.leave();
    const freed = [meter.tryEnter(), meter.tryEnter()];

    expect([beyond, ...freed]).toEqual([false, true, false]);
    expect(meter.running).toBe(RUNNING_CALLS_MAX);
  });

  test("who waits gets the next place, in the order of waiting, and nobody comes in between", async () => {
    const meter = full();
    const entered: string[] = [];
    const first = meter.enter(forever).then(() => entered.push("first"));
    const second = meter.enter(forever).then(() => entered.push("second"));

    meter.leave();
    const between = meter.tryEnter();
    await first;
    meter.leave();
    await second;

    expect(between).toBe(false);
    expect(entered).toEqual(["first", "second"]);
    expect(meter.running).toBe(RUNNING_CALLS_MAX);
  });

  test("who gives up waiting leaves no trace: the place goes to the next", async () => {
    const meter = full();
    const leaving = new AbortController();
    const gone = meter.enter(leaving.signal);
    const stays = meter.enter(forever);

    leaving.abort();
    meter.leave();

    expect(await gone).toBe(false);
    expect(await stays).toBe(true);
    expect(meter.running).toBe(RUNNING_CALLS_MAX);
  });

  test("who was aborted before does not enter, although there is room", async () => {
    const meter = new TenantMeter();

    expect(await meter.enter(AbortSignal.abort())).toBe(false);
    expect(meter.running).toBe(0);
  });

  test("only so many wait", async () => {
    const meter = full();
    const waiting = Array.from({ length: WAITING_CALLS_MAX }, () => meter.enter(forever));

    const beyond = await meter.enter(forever);
    for (const _ of waiting) meter.leave();

    expect(beyond).toBe(false);
    expect((await Promise.all(waiting)).every((entered) => entered)).toBe(true);
  });
});

describe("records", () => {
  test("the newest are kept in their order, and totals count all", () => {
    const meter = new TenantMeter();

    for (let at = 0; at < CALL_RECORDS_MAX + 3; at++) meter.record(record(`t${at}`));

    const tools = meter.records().map(({ tool }) => tool);
    expect(tools).toHaveLength(CALL_RECORDS_MAX);
    expect([tools[0], tools.at(-1)]).toEqual(["t3", `t${CALL_RECORDS_MAX + 2}`]);
    expect([meter.callCount, meter.inputBytes, meter.outputBytes]).toEqual([259, 518, 777]);
  });
});

describe("tenants", () => {
  test("each has a meter of its own, always the same", () => {
    const meters = new TenantMeters();

    expect(meters.of(tenant("a"))).toBe(meters.of(tenant("a")));
    expect(meters.of(tenant("a"))).not.toBe(meters.of(tenant("b")));
  });

  test("the one that called longest ago is forgotten when there are too many, but never one with calls at work", () => {
    const meters = new TenantMeters();
    const busy = meters.of(tenant("busy"));
    busy.tryEnter();
    const idle = meters.of(tenant("idle"));

    for (let at = 0; at < METERED_TENANTS_MAX; at++) meters.of(tenant(`t${at}`));

    expect(meters.of(tenant("busy"))).toBe(busy);
    expect(meters.of(tenant("idle"))).not.toBe(idle);
  });
});
