import { Agent, type IncomingMessage, request } from "node:http";
import type { ConnectionPlace, PushOutcome } from "../../core/ports/push.ts";
import { PUSH_BODY_BYTES_MAX, PUSH_LINE_IDLE_MS_MAX, PUSH_TIMEOUT_MS, PUSHES_AT_ONCE } from "./limits.ts";
import { CLOSE_PATH, type PushOrder, parseOutcomes, SEND_PATH } from "./push-message.ts";

/** The way to the other processes of a data folder, that hold connections too. Never throws: who does not answer, does not. */
export class PushLink {
  readonly #secret: string;
  readonly #timeoutMs: number;
  readonly #agent = new Agent({
    ...{ keepAlive: true, timeout: PUSH_LINE_IDLE_MS_MAX },
    ...{ maxSockets: PUSHES_AT_ONCE, maxFreeSockets: PUSHES_AT_ONCE },
  });

  /** @param secret of the data folder: who has it is one of its processes. */
  constructor(secret: string, { timeoutMs = PUSH_TIMEOUT_MS }: { readonly timeoutMs?: number } = {}) {
    this.#secret = secret;
    this.#timeoutMs = timeoutMs;
  }

  /** Undefined where there was no answer in time. */
  async send(address: string, order: PushOrder): Promise<readonly PushOutcome[] | undefined> {
    const answer = await this.#post(`${address}${SEND_PATH}`, order);
    return answer === undefined ? undefined : parseOutcomes(answer);
  }

  async close(
    address: string,
    { gateway, connectionId }: ConnectionPlace,
    why: { readonly code: number; readonly reason: string },
  ): Promise<void> {
    await this.#post(`${address}${CLOSE_PATH}`, { gateway, connectionId, ...why });
  }

  end(): void {
    this.#agent.destroy();
  }

  #post(url: string, order: object): Promise<string | undefined> {
    const body = Buffer.from(JSON.stringify(order));
    if (body.byteLength > PUSH_BODY_BYTES_MAX) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${this.#secret}`, "content-length": String(body.byteLength) };
      const signal = AbortSignal.timeout(this.#timeoutMs);
      const asking = request(url, { method: "POST", agent: this.#agent, headers, signal }, (answer) => {
        textOf(answer).then(resolve, () => resolve(undefined));
      });
      asking.on("error", () => resolve(undefined));
      asking.end(body);
    });
  }
}

/** Undefined of an answer that tells of no success. */
async function textOf(answer: IncomingMessage): Promise<string | undefined> {
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) text += chunk;
  return answer.statusCode === 200 ? text : undefined;
}
