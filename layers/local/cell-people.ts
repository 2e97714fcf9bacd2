import { Connections } from "../core/connection/connections.ts";
import { Gateways } from "../core/connection/gateways.ts";
import { Tickets } from "../core/connection/tickets.ts";
import type { Jobs } from "../core/job/jobs.ts";
import { ChannelLog } from "../core/message/channel-log.ts";
import { Channels } from "../core/message/channels.ts";
import { Publisher } from "../core/message/publisher.ts";
import { Receipts } from "../core/message/receipts.ts";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Queue } from "../core/ports/queue.ts";
import type { QuestionDeps } from "../core/question/question-parts.ts";
import { QuestionSweep } from "../core/question/question-sweep.ts";
import type { QuestionTurn } from "../core/question/question-turn.ts";
import { Questions } from "../core/question/questions.ts";
import { QuestionsDue } from "../core/question/questions-due.ts";
import type { Meter } from "../core/usage/meter.ts";
import { sha256 } from "../node/sha256.ts";
import { type CellAccess, LOCAL_REGION } from "./cell-access.ts";
import type { CellStores } from "./cell-stores.ts";

export interface CellPeopleParts {
  readonly access: CellAccess;
  readonly stores: CellStores;
  readonly jobs: Pick<Jobs, "wake">;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly meter: Pick<Meter, "record">;
  readonly report: (fault: unknown) => void;
  readonly turned: (turn: QuestionTurn) => void;
}

/** What people are asked and told in a cell, and who of them is there: all of it in the folder, for any process on it. */
export class CellPeople {
  readonly channels: Channels;
  readonly log: ChannelLog;
  readonly connections: Connections;
  readonly gateways: Gateways;
  readonly publisher: Publisher;
  readonly receipts: Receipts;
  readonly questions: Questions;
  readonly questionSweep: QuestionSweep;
  readonly questionsDue: QuestionsDue;
  readonly tickets: Tickets;

  constructor({ access, stores, jobs, clock, chance, meter, report, turned }: CellPeopleParts) {
    const { table, seal } = stores;
    const base = { table, clock, chance, digest: sha256, meter, report };
    // Opened when the first message is sent, or by the workers.
    const queue: Pick<Queue, "send"> = { send: async (...given) => (await stores.messageQueue()).send(...given) };
    this.channels = new Channels(base);
    this.log = new ChannelLog({ ...base, channels: this.channels });
    this.gateways = new Gateways(base);
    this.connections = new Connections({ ...base, quotas: access.tenancy.quotas, gateways: this.gateways });
    this.publisher = new Publisher({ ...base, log: this.log, lanes: this.connections, queue });
    this.receipts = new Receipts({ ...base, log: this.log });
    this.tickets = new Tickets({ ...base, seal });
    const wake: QuestionDeps["wake"] = (...of) => jobs.wake(...of);
    const asking = { ...base, queue, publisher: this.publisher, region: LOCAL_REGION, wake, turned };
    this.questions = new Questions(asking);
    this.questionSweep = new QuestionSweep(asking);
    this.questionsDue = new QuestionsDue(asking);
  }
}
