import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { rm } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";

/** What a program prints into, and what it is read from. */
export interface NamedPipe {
  readonly readable: Readable;
  /** To be given to the program, and closed here then: the reader is at its end when no process has it. */
  readonly writeDescriptor: number;
}

/**
 * Pipes as shells make them. The ones that Node gives a child are sockets, which a program can't open again as
 * `/dev/stdout` or `/dev/stderr`. They have names for as long as it takes to open both of their ends.
 */
export async function openNamedPipes(folder: string, count: number): Promise<readonly NamedPipe[]> {
  const names = Array.from({ length: count }, (_, index) => join(folder, `pipe${index}`));
  await promisify(execFile)("mkfifo", ["-m", "600", ...names]);
  const opened: NamedPipe[] = [];
  try {
    for (const name of names) opened.push(openBothEnds(name));
    return opened;
  } catch (error) {
    for (const { readable, writeDescriptor } of opened) {
      readable.destroy();
      closeSync(writeDescriptor);
    }
    throw error;
  } finally {
    await Promise.all(names.map((name) => rm(name, { force: true })));
  }
}

/** The reader first, which need not wait for a writer; then the writer, which finds it. */
function openBothEnds(name: string): NamedPipe {
  const readDescriptor = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writeDescriptor = openSync(name, constants.O_WRONLY);
    return { readable: new Socket({ fd: readDescriptor, readable: true, writable: false }), writeDescriptor };
  } catch (error) {
    closeSync(readDescriptor);
    throw error;
  }
}
