import { describe, expect, test } from "vitest";
import { FrameRate } from "../../../../layers/local/websocket/frame-rate.ts";
import { LOCAL_WEB_SOCKETS } from "../../../../layers/local/websocket/limits.ts";

const START_MS = 1_000_000;
const take = (rate: FrameRate, count: number, nowMs: number) =>
  Array.from({ length: count }, () => rate.take(LOCAL_WEB_SOCKETS, nowMs));
const countOf = (verdicts: readonly string[], verdict: string) => verdicts.filter((one) => one === verdict).length;

describe("a client's rate", () => {
  test("is a hundred frames at once, and fifty a second after that", () => {
    const rate = new FrameRate(LOCAL_WEB_SOCKETS, START_MS);
    expect(countOf(take(rate, 101, START_MS), "taken")).toBe(100);
    expect(countOf(take(rate, 60, START_MS + 1_000), "taken")).toBe(50);
    expect(countOf(take(rate, 200, START_MS + 3_600_000), "taken")).toBe(100);
  });

  test("lets a client go on that is too fast by bursts, and ends one that never slows down", () => {
    const patient = new FrameRate(LOCAL_WEB_SOCKETS, START_MS);
    const verdicts: string[] = [];
    for (let second = 0; second < 60; second++) verdicts.push(...take(patient, 90, START_MS + second * 1_000));
    expect(countOf(verdicts, "flood")).toBe(0);
    expect(countOf(verdicts, "taken")).toBe(100 + 59 * 50);

    const flood = new FrameRate(LOCAL_WEB_SOCKETS, START_MS);
    const all = take(flood, 201, START_MS);
    expect(all.indexOf("flood")).toBe(200);
    expect(countOf(all, "dropped")).toBe(100);
  });

  test("does not run backwards with the clock", () => {
    const rate = new FrameRate(LOCAL_WEB_SOCKETS, START_MS);
    take(rate, 100, START_MS);
    expect(rate.take(LOCAL_WEB_SOCKETS, START_MS - 60_000)).toBe("dropped");
    expect(rate.take(LOCAL_WEB_SOCKETS, START_MS - 60_000 + 20)).toBe("taken");
  });
});
