import type { LaneRunEnded } from "../core/delivery/lanes.ts";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { PeopleNumbers } from "../people/people-numbers.ts";
import type { CellAccess } from "./cell-access.ts";
import type { CellPeople } from "./cell-people.ts";
import type { CellSockets } from "./cell-sockets.ts";
import type { CellStores } from "./cell-stores.ts";
import type { LocalWorker } from "./local-worker.ts";
import type { OwnSockets } from "./websocket/local-push.ts";
import type { PushLink } from "./websocket/push-link.ts";
import { SocketDoor } from "./websocket/socket-door.ts";

export interface CellWireParts {
  readonly people: () => Promise<CellPeople>;
  readonly access: CellAccess;
  readonly stores: CellStores;
  /** Of pages that may connect, beside those of the loopback. */
  readonly origins: readonly string[];
  readonly clock: Clock;
  readonly chance: Chance;
  readonly runEnded: (run: LaneRunEnded) => void;
  readonly numbers: Pick<PeopleNumbers, "watch" | "socketTurned" | "sent">;
  readonly report: (fault: unknown) => void;
}

/**
 * The WebSockets of a cell, and what brings messages to them. Both are loaded when they are needed: the first with the first
 * client, the other some time after the start.
 */
export class CellWire {
  readonly door: SocketDoor;
  readonly #parts: CellWireParts;
  readonly #own: OwnSockets = { gateways: new Set() };
  #sockets: Promise<CellSockets> | undefined;
  #lanes: Promise<{ readonly worker: LocalWorker; readonly link: PushLink }> | undefined;
  #isClosed = false;

  constructor(parts: CellWireParts) {
    this.#parts = parts;
    this.door = new SocketDoor({ host: () => this.#host(), chance: parts.chance });
  }

  /** Begins to bring what is published to those who are connected, here and at the other processes of the folder. */
  work(): void {
    this.#lanes ??= this.#openLanes();
    this.#lanes.catch(this.#parts.report);
  }

  /** Tells all who are connected to go elsewhere, and lets the lanes that are under way come to an end for `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    const sockets = await this.#sockets?.catch(() => undefined);
    const lanes = await this.#lanes?.catch(() => undefined);
    await Promise.all([sockets?.close(), lanes?.worker.close(graceMs)]);
    lanes?.link.end();
  }

  /** One that could not be opened is opened by the next client. */
  #host(): Promise<CellSockets> {
    if (this.#isClosed) return Promise.reject(new WireClosed());
    this.#sockets ??= this.#openSockets().catch((fault: unknown) => {
      this.#sockets = undefined;
      throw fault;
    });
    return this.#sockets;
  }

  async #openSockets(): Promise<CellSockets> {
    const { people, ...parts } = this.#parts;
    const { CellSockets } = await import("./cell-sockets.ts");
    return CellSockets.open({ ...parts, people: await people(), own: this.#own });
  }

  async #openLanes(): Promise<{ readonly worker: LocalWorker; readonly link: PushLink }> {
    const { access, stores, clock, runEnded, numbers, report } = this.#parts;
    const [{ openCellLanes }, { LocalPush }, { PushLink }] = await Promise.all([
      import("./cell-lanes.ts"),
      import("./websocket/local-push.ts"),
      import("./websocket/push-link.ts"),
    ]);
    const people = await this.#parts.people();
    const link = new PushLink(stores.secrets.push);
    const addressOf = (gateway: string) => people.gateways.addressOf(gateway);
    const push = new LocalPush({ own: this.#own, addressOf, link, report });
    const worker = await openCellLanes({ people, access, stores, push, clock, runEnded, sent: numbers.sent, report });
    return { worker, link };
  }
}

/** A client came to a process that is about to end. */
export class WireClosed extends Error {
  readonly code = "wire_closed";
  constructor() {
    super("this process is about to end, and holds no connections any more");
    this.name = "WireClosed";
  }
}
