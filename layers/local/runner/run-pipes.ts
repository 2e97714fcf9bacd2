import type { Readable } from "node:stream";
import type { Clock } from "../../core/ports/clock.ts";
import type { RunOutput } from "../../core/ports/runner.ts";
import { OutputLines } from "../../node/supervisor/output-lines.ts";
import { untilRead } from "../../node/supervisor/until-read.ts";
import { PARTIAL_LINE_MS } from "./limits.ts";
import type { OutputSink } from "./output-log.ts";

interface Pipe {
  readonly stream: RunOutput["stream"];
  readonly lines: OutputLines;
  readableMs: number;
}

/** What a run prints, from its pipes to where its lines are kept. */
export class RunPipes {
  readonly #runId: string;
  readonly #sink: OutputSink;
  readonly #clock: Clock;
  readonly #bytesMax: number;
  readonly #readables: Readable[] = [];
  readonly #pipes: Pipe[] = [];
  #bytes = 0;
  #isShut = false;
  /** Until the disk has caught up. */
  #resting: Promise<void> | undefined;

  /** @param run `bytesMax` of both streams: what comes after is dropped. */
  constructor(run: { runId: string; bytesMax: number | undefined; sink: OutputSink; clock: Clock }) {
    this.#runId = run.runId;
    this.#sink = run.sink;
    this.#clock = run.clock;
    this.#bytesMax = run.bytesMax ?? Number.POSITIVE_INFINITY;
  }

  /** Also those that were dropped. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param onExcess told once, as soon as more has come than may. */
  read(readable: Readable, stream: RunOutput["stream"], onExcess: () => void): void {
    const pipe: Pipe = { stream, lines: new OutputLines(), readableMs: 0 };
    this.#pipes.push(pipe);
    this.#readables.push(readable);
    readable.on("data", (chunk: Buffer) => {
      if (this.#isShut) return;
      this.#bytes += chunk.byteLength;
      pipe.readableMs = this.#clock.nowMs();
      if (this.#bytes > this.#bytesMax) {
        this.#isShut = true;
        onExcess();
        return;
      }
      this.#give(pipe, pipe.lines.push(chunk));
      if (this.#sink.isFull) this.#resting ??= this.#rest();
    });
    // A pipe that breaks has said what it had to say.
    readable.on("error", () => {});
  }

  /** Gives out what has waited long for the end of its line. */
  look(): void {
    for (const pipe of this.#pipes) {
      if (this.#clock.nowMs() - pipe.readableMs >= PARTIAL_LINE_MS) this.#give(pipe, pipe.lines.end());
    }
  }

  /** When no process is left that could write: takes what is still in the pipes. */
  async drain(): Promise<void> {
    const bytes = async (): Promise<number> => {
      await this.#resting;
      return this.#bytes;
    };
    await untilRead(this.#readables, { clock: this.#clock, bytes });
    for (const readable of this.#readables) readable.destroy();
    for (const pipe of this.#pipes) this.#give(pipe, pipe.lines.end());
  }

  /** @param epilogue what the runner itself has to say of the end. */
  async close(epilogue: string): Promise<void> {
    this.#sink.take([{ runId: this.#runId, stream: "system", atEpochMs: this.#clock.nowMs(), text: epilogue }]);
    await this.#sink.close();
  }

  #give({ stream }: Pipe, texts: readonly string[]): void {
    if (texts.length === 0) return;
    const atEpochMs = this.#clock.nowMs();
    this.#sink.take(texts.map((text) => ({ runId: this.#runId, stream, atEpochMs, text })));
  }

  async #rest(): Promise<void> {
    for (const readable of this.#readables) readable.pause();
    await this.#sink.drained();
    this.#resting = undefined;
    for (const readable of this.#readables) readable.resume();
  }
}
