import { type SqsSendClient, sqsSender } from "../layers/aws/sqs-sender.ts";
import { Connections } from "../layers/core/connection/connections.ts";
import { LASTING_GATEWAYS } from "../layers/core/connection/gateways.ts";
import { ChannelLog } from "../layers/core/message/channel-log.ts";
import { Channels } from "../layers/core/message/channels.ts";
import { Publisher } from "../layers/core/message/publisher.ts";
import { Receipts } from "../layers/core/message/receipts.ts";
import type { Chance } from "../layers/core/ports/chance.ts";
import type { Clock } from "../layers/core/ports/clock.ts";
import type { Table } from "../layers/core/ports/table.ts";
import type { QuestionDeps } from "../layers/core/question/question-parts.ts";
import { QuestionSweep } from "../layers/core/question/question-sweep.ts";
import { Questions } from "../layers/core/question/questions.ts";
import { QuestionsDue } from "../layers/core/question/questions-due.ts";
import type { Quotas } from "../layers/core/quota/quotas.ts";
import type { Meter } from "../layers/core/usage/meter.ts";
import { sha256 } from "../layers/node/sha256.ts";
import type { PeopleConfig } from "./people-settings.ts";

export interface FunctionPeopleParts {
  readonly config: PeopleConfig;
  /** Of regional state. */
  readonly table: Table;
  readonly quotas: Quotas;
  readonly sqs: SqsSendClient;
  /** Lets a job go on that waits for its question. */
  readonly wake: QuestionDeps["wake"];
  readonly region: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly meter: Pick<Meter, "record">;
  readonly report: (fault: unknown) => void;
  readonly turned: NonNullable<QuestionDeps["turned"]>;
}

/** What people are asked and told, and who of them is there, for a function: all of it in the table. */
export class FunctionPeople {
  readonly channels: Channels;
  readonly log: ChannelLog;
  readonly connections: Connections;
  readonly publisher: Publisher;
  readonly receipts: Receipts;
  readonly questions: Questions;
  readonly questionSweep: QuestionSweep;
  readonly questionsDue: QuestionsDue;

  constructor({ config, table, quotas, sqs, wake, region, clock, chance, meter, report, turned }: FunctionPeopleParts) {
    const base = { table, clock, chance, digest: sha256, meter, report };
    const queue = sqsSender({ client: sqs, queueUrl: config.MESSAGES_QUEUE_URL });
    this.channels = new Channels(base);
    this.log = new ChannelLog({ ...base, channels: this.channels });
    this.connections = new Connections({ ...base, quotas, gateways: LASTING_GATEWAYS });
    this.publisher = new Publisher({ ...base, log: this.log, lanes: this.connections, queue });
    this.receipts = new Receipts({ ...base, log: this.log });
    const asking = { ...base, queue, publisher: this.publisher, region, wake, turned };
    this.questions = new Questions(asking);
    this.questionSweep = new QuestionSweep(asking);
    this.questionsDue = new QuestionsDue(asking);
  }
}
