import { Hearers } from "../core/delivery/hearers.ts";
import type { SentMessage } from "../core/delivery/lane-run.ts";
import { type LaneRunEnded, Lanes } from "../core/delivery/lanes.ts";
import { peopleMessages } from "../core/delivery/people-messages.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Push } from "../core/ports/push.ts";
import { standings } from "../core/tenant/standing.ts";
import { messageFrames } from "../people/wire/server-frame.ts";
import type { CellAccess } from "./cell-access.ts";
import type { CellPeople } from "./cell-people.ts";
import type { CellStores } from "./cell-stores.ts";
import { LANE_RUN_MS_MAX, LANE_VISIBILITY_SECONDS, LANES_AT_ONCE_MAX } from "./limits.ts";
import { type LocalWorker, openLocalWorker } from "./local-worker.ts";

export interface CellLanesParts {
  readonly people: CellPeople;
  readonly access: CellAccess;
  readonly stores: CellStores;
  readonly push: Push;
  readonly clock: Clock;
  readonly runEnded: (run: LaneRunEnded) => void;
  readonly sent: (sent: SentMessage) => void;
  readonly report: (fault: unknown) => void;
}

/** Brings what is published to those who are connected, whichever process holds them, and ends questions on their second. */
export async function openCellLanes(parts: CellLanesParts): Promise<LocalWorker> {
  const { people, access, stores, push, clock, runEnded, sent, report } = parts;
  const { table } = stores;
  const { policies } = access.tenancy;
  const queue = await stores.messageQueue();
  const hearers = new Hearers({ policies, standingOf: standings({ policies, table, clock }), clock });
  const { log, connections } = people;
  const lanes = new Lanes({
    ...{ log, connections, push, table, clock, hearers, queue, runEnded, sent, report },
    frames: messageFrames,
  });
  const take = peopleMessages({ lanes, questions: people.questionsDue });
  return openLocalWorker({
    ...{ queue, clock, report, take, atOnceMax: LANES_AT_ONCE_MAX },
    visibilitySeconds: LANE_VISIBILITY_SECONDS,
    runMsMax: LANE_RUN_MS_MAX,
  });
}
