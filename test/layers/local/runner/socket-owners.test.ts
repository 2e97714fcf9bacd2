import { createServer } from "node:net";
import process from "node:process";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ListeningSocket, listeningSockets } from "../../../../layers/local/runner/listening-sockets.ts";
import { socketsOf } from "../../../../layers/local/runner/process-table.ts";
import { socketOwners } from "../../../../layers/local/runner/socket-owners.ts";

async function listening(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host, port: 0 }, resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : Number.NaN;
}

test.each([
  ["127.0.0.1", true],
  ["127.1.2.3", true],
  ["0.0.0.0", false],
  ["::1", true],
  ["::", false],
])("whoever listens on %s is found, and whether others reach it", async (host, isLoopback) => {
  const port = await listening(host);

  const own = new Set(socketsOf(process.pid));
  const found = (listeningSockets() ?? []).filter((socket) => socket.port === port && own.has(socket.inode));

  expect(found).toMatchObject([{ port, isLoopback }]);
});

test("a process that is not there has no sockets", () => {
  expect(socketsOf(2 ** 22 + 1)).toEqual([]);
});

describe("sockets", () => {
  const socket = (inode: string): ListeningSocket => ({ inode, port: 3000, isLoopback: true });
  const pids = new Map([
    ["run1", [21, 22]],
    ["run2", [31]],
  ]);

  test("are their run's whose process has them open", () => {
    const owners = socketOwners((pid) => (pid === 22 ? ["1", "9"] : pid === 31 ? ["2"] : []));

    const sorted = owners.sort([socket("1"), socket("2"), socket("3")], pids);

    expect([...sorted]).toEqual([
      ["run1", [socket("1")]],
      ["run2", [socket("2")]],
    ]);
  });

  test("are looked for among processes only where one of them is new", () => {
    const asked: number[] = [];
    const owners = socketOwners((pid) => {
      asked.push(pid);
      return pid === 21 ? ["1"] : [];
    });
    owners.sort([socket("1"), socket("2")], pids);

    const again = owners.sort([socket("1"), socket("2")], pids);

    expect([...again.keys()]).toEqual(["run1"]);
    expect(asked).toEqual([21, 22, 31]);
  });

  test("whose number is given again are looked for again", () => {
    let owner = 21;
    const owners = socketOwners((pid) => (pid === owner ? ["1"] : []));
    owners.sort([socket("1")], pids);
    owners.sort([], pids);
    owner = 31;

    expect([...owners.sort([socket("1")], pids).keys()]).toEqual(["run2"]);
  });
});
