import process from "node:process";
import { machineCpuMs, processCpuMs } from "./processor-time.ts";

/** Of one core. Above it, what is measured is the neighbours. */
const OTHERS_SHARE_MAX = 0.15;
const ATTEMPTS_MAX = 4;

export interface Measured<T> {
  readonly value: T;
  /** Other processes disturbed every attempt. */
  readonly noisy: boolean;
}

/**
 * Measures once more, a bounded number of times, when other processes of the machine worked meanwhile.
 *
 * @param pids the processes beside this one that take part.
 */
export async function quietly<T>(pids: readonly number[], measure: () => Promise<T>): Promise<Measured<T>> {
  const ours = (): number => [process.pid, ...pids].reduce((sum, pid) => sum + processCpuMs(pid), 0);
  const others = (): number => machineCpuMs() - ours();
  for (let attempt = 1; ; attempt++) {
    const [startedMs, othersBeforeMs] = [performance.now(), others()];
    const value = await measure();
    const noisy = others() - othersBeforeMs > OTHERS_SHARE_MAX * (performance.now() - startedMs);
    if (!noisy || attempt === ATTEMPTS_MAX) return { value, noisy };
  }
}
