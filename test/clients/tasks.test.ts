import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Fleet, startFleet } from "../fixtures/fleet.ts";
import { REAL_CLIENTS } from "./real-client.ts";
import { connectTaskClient } from "./task-client.ts";

/** A worker that was killed with a job is missed when its lease is over. */
const KILL_TIMEOUT_MS = 120_000;

let fleet: Fleet;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  fleet = await startFleet();
});

afterEach(async () => {
  for (const client of opened.splice(0)) await client.close();
});

afterAll(() => fleet.close());

/** The cell that the last request of this method went to. */
function cellOf(method: string): number {
  const passage = fleet.passages.findLast(({ label }) => label === method);
  if (passage === undefined) throw new TypeError(`no request ${method} was sent`);
  return passage.backend;
}

describe("the official client of tasks", () => {
  async function connected(answer?: Parameters<typeof connectTaskClient>[1]) {
    const client = await connectTaskClient(fleet.url, answer);
    opened.push(client);
    return client.session;
  }

  test("follows a task to its end, through whichever process answers", async () => {
    const session = await connected();

    const execution = await session.callTool("slow_compute", { seconds: 2, label: "it" });
    const states: string[] = [];
    const { outcome } = await execution.settle({
      onEvent: (event) => void (event.type === "task" && states.push(event.task.status)),
    });

    expect(execution.kind).toBe("task");
    expect(outcome).toMatchObject({
      status: "completed",
      result: { content: [{ type: "text", text: "Computed it in 2 s." }] },
    });
    expect(states).toContain("working");
  });

  test("is answered at once where a tool is no job", async () => {
    const session = await connected();

    const execution = await session.callTool("greet", { name: "Ann" });

    expect(execution.kind).toBe("immediate");
    expect(await execution.result()).toMatchObject({ result: { content: [{ text: "Hello, Ann!" }] } });
  });

  test("answers what a task asks", async () => {
    const session = await connected(() => ({ confirm: true }));

    const execution = await session.callTool("confirm_delete", { filename: "a.txt" });
    const { outcome } = await execution.settle();

    expect(outcome).toMatchObject({ status: "completed", result: { content: [{ text: "Deleted a.txt." }] } });
  });

  test("answers what a tool asks before its task", async () => {
    const session = await connected(() => ({ name: "Ann" }));

    const execution = await session.callTool("test_tool_with_task", {});
    const { outcome } = await execution.settle();

    expect(execution.kind).toBe("task");
    expect(outcome).toMatchObject({ result: { content: [{ text: "Done for Ann." }] } });
  });

  test("cancels a task", async () => {
    const session = await connected();

    const execution = await session.callTool("slow_compute", { seconds: 60 });
    await execution.cancel();
    const { outcome } = await execution.settle();

    expect(outcome.status).toBe("cancelled");
  });

  test("tells a tool that refused from one that broke", async () => {
    const session = await connected();

    const refused = await (await session.callTool("failing_job", {})).settle();
    const broken = await (await session.callTool("protocol_error_job", {})).settle();

    expect(refused.outcome).toMatchObject({ status: "completed", result: { isError: true } });
    expect(broken.outcome).toMatchObject({ status: "failed" });
  });

  test(
    "gets its answer though the process that took its call was killed",
    async () => {
      let killed: Promise<number> | undefined;
      const killOnce = async (): Promise<number> => {
        const cell = cellOf("tools/call");
        await fleet.kill(cell);
        return cell;
      };
      const session = await connected(() => {
        killed ??= killOnce();
        return { confirm: true };
      });

      const execution = await session.callTool("confirm_delete", { filename: "b.txt" });
      const { outcome } = await execution.settle();
      const cell = await killed;
      if (cell !== undefined) await fleet.revive(cell);

      expect(cell).toBeDefined();
      expect(outcome).toMatchObject({ status: "completed", result: { content: [{ text: "Deleted b.txt." }] } });
    },
    KILL_TIMEOUT_MS,
  );
});

describe.each(REAL_CLIENTS)("$name, which knows no tasks", ({ connect }) => {
  test("sees the progress of a job, and gets the answer in its call", async () => {
    const client = await connect(fleet.url);
    opened.push(client);
    const told: (readonly [number, number | undefined])[] = [];

    const { text, isError } = await client.call(
      "slow_compute",
      { seconds: 2, label: "it" },
      { onProgress: (done, total) => told.push([done, total]) },
    );

    expect(text).toBe("Computed it in 2 s.");
    expect(isError).toBe(false);
    expect(told.length).toBeGreaterThan(0);
    expect(told.at(-1)?.[1]).toBe(2);
  });

  test("is asked in its call what the job asks", async () => {
    const asked: string[] = [];
    const form = (message: string): undefined => void asked.push(message);
    const client = await connect(fleet.url, { form });
    opened.push(client);

    const { text } = await client.call("confirm_delete", { filename: "c.txt" });

    expect(text).toBe("Kept c.txt.");
    expect(asked).toEqual(["Delete c.txt?"]);
  });
});
