import { StoreFault } from "../ports/store-fault.ts";

/** What a log that can't be reached is told as, whichever of its stores it was. */
export function logFault(operation: string, cause: unknown): StoreFault {
  return cause instanceof StoreFault ? cause : new StoreFault("log", operation, { cause });
}

/** @throws {StoreFault} whatever else the work throws. */
export async function answered<T>(operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw logFault(operation, cause);
  }
}
