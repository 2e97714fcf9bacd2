import { type FSWatcher, watch } from "node:fs";
import { UNWATCHED_LOOK_MS, WATCHED_LOOK_MS } from "./limits.ts";

/**
 * Tells when something in a folder may have changed. Where the system does not say so, because the folder is not there or
 * watches have run out, it is as if something might have changed every few milliseconds.
 */
export class FolderWatch {
  readonly #folder: string;
  #watcher: FSWatcher | undefined;
  #hasChanged = false;
  #wake: (() => void) | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Call it before a look: what changes from then on ends the next {@link changed}. */
  begin(): void {
    this.#hasChanged = false;
    if (this.#watcher !== undefined) return;
    try {
      const watcher = watch(this.#folder, { persistent: false }, () => this.#tell());
      watcher.on("error", () => this.close());
      this.#watcher = watcher;
    } catch {
      // Without a watch it is looked at the more often.
    }
  }

  /** Resolves when something may have changed since {@link begin}, after `waitMs` at the latest. */
  async changed(waitMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#hasChanged || signal?.aborted === true) return;
    const lookMs = this.#watcher === undefined ? UNWATCHED_LOOK_MS : WATCHED_LOOK_MS;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, Math.min(waitMs, lookMs));
      signal?.addEventListener("abort", wake, { once: true });
      this.#wake = wake;
    });
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#tell();
  }

  #tell(): void {
    this.#hasChanged = true;
    this.#wake?.();
  }
}
