import { socketHandler } from "../../functions/sockets/handler.ts";
import { OpeningRates } from "../../functions/sockets/opening-rates.ts";
import { GatewayHold } from "../core/connection/gateway-hold.ts";
import type { SocketHandler } from "../core/connection/socket-event.ts";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import { standings } from "../core/tenant/standing.ts";
import { sha256 } from "../node/sha256.ts";
import type { PeopleNumbers } from "../people/people-numbers.ts";
import { type CellAccess, LOCAL_REGION } from "./cell-access.ts";
import type { CellPeople } from "./cell-people.ts";
import type { CellStores } from "./cell-stores.ts";
import { LOCAL_WEB_SOCKETS, type WebSocketLimits } from "./websocket/limits.ts";
import type { OwnSockets } from "./websocket/local-push.ts";
import { openPushDoor, type PushDoor } from "./websocket/push-door.ts";
import type { SocketHost } from "./websocket/socket-door.ts";
import { SocketTally } from "./websocket/socket-tally.ts";
import { WebSockets } from "./websocket/web-sockets.ts";

export interface CellSocketsParts {
  readonly people: CellPeople;
  readonly access: CellAccess;
  readonly stores: CellStores;
  /** Of pages that may connect, beside those of the loopback. */
  readonly origins: readonly string[];
  /** Told of what this process holds. */
  readonly own: OwnSockets;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly numbers: Pick<PeopleNumbers, "watch" | "socketTurned">;
  readonly report: (fault: unknown) => void;
  readonly limits?: WebSocketLimits;
}

/** The connections of people that a cell holds, and the name under which it does. */
export class CellSockets implements SocketHost {
  readonly sockets: WebSockets;
  readonly handler: SocketHandler;
  readonly tally = new SocketTally();
  readonly #parts: CellSocketsParts;
  readonly #rates: OpeningRates;
  readonly #door: PushDoor;
  #hold: GatewayHold | undefined;
  #gateway: string | undefined;
  #isClosed = false;

  /** @throws {StoreFault} where the cell's name can't be written down. */
  static async open(parts: CellSocketsParts): Promise<CellSockets> {
    const { own, stores } = parts;
    const cell = new CellSockets(parts, await openPushDoor({ own, secret: stores.secrets.push }));
    await cell.#begin();
    return cell;
  }

  private constructor(parts: CellSocketsParts, door: PushDoor) {
    const { people, access, stores, clock, numbers, report } = parts;
    const { table } = stores;
    const { policies } = access.tenancy;
    const standingOf = standings({ policies, table, clock });
    this.#parts = parts;
    this.#door = door;
    this.#rates = new OpeningRates({ table, clock, digest: sha256, region: LOCAL_REGION, report });
    this.handler = socketHandler({
      ...people,
      ...{ standingOf, clock, report, digest: sha256 },
      authenticate: access.authenticate,
      gate: access.tenancy.gateParts({ resourceMetadataUrl: () => "" }),
      mayOpen: (clientAddress) => this.#rates.mayOpen(clientAddress),
      origins: new Set(parts.origins),
      turned: numbers.socketTurned,
    });
    const { limits = LOCAL_WEB_SOCKETS } = parts;
    this.sockets = new WebSockets({ handler: this.handler, standingOf, clock, limits, tally: this.tally, report });
    parts.own.sockets = this.sockets;
    numbers.watch(() => ({
      activeCount: this.sockets.size,
      peopleCount: this.sockets.peopleCount(),
      openedCount: this.tally.opened,
      closedCount: this.tally.closed,
      laggedCount: this.tally.lagged,
      refused: this.tally.refused,
    }));
  }

  gateway(): string | undefined {
    return this.#gateway;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#gateway = undefined;
    await this.sockets.drain();
    await this.#hold?.end();
    await this.#door.close();
    await this.#rates.close();
  }

  async #begin(): Promise<void> {
    const { people, clock, chance, own, report } = this.#parts;
    const gateway = `cell-${chance.token(GATEWAY_NAME_BYTES)}`;
    const { gateways } = people;
    const { address } = this.#door;
    const hold = new GatewayHold({ gateways, clock, gateway, address, report, lost: () => this.#lose(gateway) });
    await hold.start();
    if (this.#isClosed) return hold.end();
    own.gateways.add(gateway);
    this.#hold = hold;
    this.#gateway = gateway;
  }

  /** It said too late that it lives: others have cleared away what it holds, so that all have to connect again. */
  #lose(gateway: string): void {
    this.#gateway = undefined;
    this.sockets.cutAll(gateway);
    void this.#beginAgain();
  }

  async #beginAgain(): Promise<void> {
    const { clock, report } = this.#parts;
    while (this.#gateway === undefined && !this.#isClosed) {
      await this.#begin().catch(report);
      if (this.#gateway === undefined) await clock.sleep(BEGIN_AGAIN_MS);
    }
  }
}

const GATEWAY_NAME_BYTES = 12;
/** Meanwhile nobody is let in. */
const BEGIN_AGAIN_MS = 1_000;
