import fc from "fast-check";
import { expect, test } from "vitest";
import { shareProcessorTime } from "../../../../layers/core/usage/processor-share.ts";

class Share {
  busyMicroseconds: number;
  cpuMicroseconds = 0;

  constructor(busyMicroseconds: number) {
    this.busyMicroseconds = busyMicroseconds;
  }

  add(usage: { readonly cpuMicroseconds: number }): void {
    this.cpuMicroseconds += usage.cpuMicroseconds;
  }
}

const microseconds = fc.integer({ min: 0, max: 1e10 });

test("the shares are whole and add up to what was used, or to what all were busy for if that is less", () => {
  fc.assert(
    fc.property(microseconds, fc.array(microseconds, { maxLength: 40 }), (used, busy) => {
      const shares = busy.map((time) => new Share(time));

      shareProcessorTime(used, shares);

      const shared = shares.reduce((sum, { cpuMicroseconds }) => sum + cpuMicroseconds, 0);
      const allBusy = busy.reduce((sum, time) => sum + time, 0);
      expect(shared).toBe(Math.min(used, allBusy));
      for (const [index, { cpuMicroseconds, busyMicroseconds }] of shares.entries()) {
        expect(Number.isInteger(cpuMicroseconds) && cpuMicroseconds >= 0).toBe(true);
        expect(cpuMicroseconds).toBeLessThanOrEqual((busy[index] ?? 0) + 1);
        expect(busyMicroseconds).toBe(0);
      }
    }),
  );
});

test("a clock of the processor that runs backwards charges nobody", () => {
  const share = new Share(100);

  shareProcessorTime(-5, [share]);

  expect(share.cpuMicroseconds).toBe(0);
});
