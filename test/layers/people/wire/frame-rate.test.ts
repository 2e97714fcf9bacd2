import { describe, expect, test } from "vitest";
import { FRAME_RATE, FrameRate, tooFast } from "../../../../layers/people/wire/frame-rate.ts";

const START_MS = 1_000_000;
const take = (rate: FrameRate, count: number, nowMs: number) =>
  Array.from({ length: count }, () => rate.take(FRAME_RATE, nowMs));
const countOf = (verdicts: readonly string[], verdict: string) => verdicts.filter((one) => one === verdict).length;

describe("a client's rate", () => {
  test("is a hundred frames at once, and fifty a second after that", () => {
    const rate = new FrameRate(FRAME_RATE, START_MS);
    expect(countOf(take(rate, 101, START_MS), "taken")).toBe(100);
    expect(countOf(take(rate, 60, START_MS + 1_000), "taken")).toBe(50);
    expect(countOf(take(rate, 200, START_MS + 3_600_000), "taken")).toBe(100);
  });

  test("lets a client go on that is too fast by bursts, and ends one that never slows down", () => {
    const patient = new FrameRate(FRAME_RATE, START_MS);
    const verdicts: string[] = [];
    for (let second = 0; second < 60; second++) verdicts.push(...take(patient, 90, START_MS + second * 1_000));
    expect(countOf(verdicts, "flood")).toBe(0);
    expect(countOf(verdicts, "taken")).toBe(100 + 59 * 50);

    const flood = new FrameRate(FRAME_RATE, START_MS);
    const all = take(flood, 201, START_MS);
    expect(all.indexOf("flood")).toBe(200);
    expect(countOf(all, "told") + countOf(all, "dropped")).toBe(100);
  });

  test("is told to a client that is too fast, once a second", () => {
    const rate = new FrameRate(FRAME_RATE, START_MS);
    const verdicts: string[] = [];
    for (let tenth = 0; tenth < 30; tenth++) verdicts.push(...take(rate, 12, START_MS + tenth * 100));

    expect(countOf(verdicts, "told")).toBe(2);
    expect(countOf(verdicts, "flood")).toBe(0);
    expect(tooFast(FRAME_RATE, "told")).toEqual({
      code: "frames_too_fast",
      message: "at most 50 frames a second",
      retryAfterSeconds: 1,
    });
  });

  test("does not run backwards with the clock", () => {
    const rate = new FrameRate(FRAME_RATE, START_MS);
    take(rate, 100, START_MS);
    expect(rate.take(FRAME_RATE, START_MS - 60_000)).toBe("told");
    expect(rate.take(FRAME_RATE, START_MS - 60_000 + 20)).toBe("taken");
  });
});
