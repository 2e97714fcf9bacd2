import type { TaskOrder } from "../../core/deployment/project-task.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { FETCH_ATTEMPTS_MAX, FETCH_WAIT_MS, ORDER_TEXT_BYTES_MAX, ORDER_TIMEOUT_MS } from "./limits.ts";
import { OrderMalformed, readOrder } from "./read-order.ts";

/** A link that was not answered with what is behind it. The link itself is a secret, and is not told. */
export class LinkUnread extends Error {
  readonly code = "link_unread";
  constructor(status: number) {
    super(`the link was answered with ${status}`);
    this.name = "LinkUnread";
  }
}

/**
 * What has to be run.
 *
 * @throws {LinkUnread | OrderMalformed} and what `fetch` throws, after some attempts; at once for what is no link.
 */
export async function fetchOrder(link: string, clock: Clock): Promise<TaskOrder> {
  const { href } = new URL(link);
  const answer = await patiently(clock, () => followed(href, AbortSignal.timeout(ORDER_TIMEOUT_MS)));
  const body = await answer.text();
  if (body.length > ORDER_TEXT_BYTES_MAX) throw new OrderMalformed("length");
  return readOrder(JSON.parse(body));
}

/** @throws {LinkUnread} where there is an answer, and it is not the thing. */
export async function followed(link: string, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(link, { signal });
  if (answer.status !== 200) throw new LinkUnread(answer.status);
  return answer;
}

/** Again after each failure, with longer waits. */
export async function patiently<T>(clock: Clock, attempt: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (failures === FETCH_ATTEMPTS_MAX) throw error;
      await clock.sleep(FETCH_WAIT_MS * failures);
    }
  }
}
