import type { Connection } from "../../layers/core/connection/connection.ts";
import type { Connections } from "../../layers/core/connection/connections.ts";
import type { Tickets } from "../../layers/core/connection/tickets.ts";
import type { ChannelLog } from "../../layers/core/message/channel-log.ts";
import type { Publisher } from "../../layers/core/message/publisher.ts";
import type { Receipts } from "../../layers/core/message/receipts.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import type { Digest } from "../../layers/core/ports/digest.ts";
import type { Questions } from "../../layers/core/question/questions.ts";
import type { Result } from "../../layers/core/result.ts";
import type { CredentialProblem, Identity } from "../../layers/core/tenant/identity.ts";
import type { Principal } from "../../layers/core/tenant/principal.ts";
import type { StandingOf } from "../../layers/core/tenant/standing.ts";
import type { GateParts } from "../../layers/http/gate.ts";
import type { SocketTurn } from "../../layers/people/socket-turn.ts";
import type { HolderLimits } from "../../layers/people/wire/server-frame.ts";

type Soon<T> = T | Promise<T>;

/** What somebody shows who connects, and from where. */
export interface Shown {
  /** As a request's header would say it. */
  readonly authorization: string | undefined;
  readonly clientAddress: string;
}

/** What the frames of connections stand on in one process. */
export interface SocketParts {
  readonly authenticate: (shown: Shown) => Soon<Result<Identity, CredentialProblem>>;
  /** What calls over HTTP go by too. */
  readonly gate: Pick<GateParts, "policyOf" | "takeCall" | "rightRefused" | "region">;
  /** Whether one more may be opened from an address. */
  readonly mayOpen: (clientAddress: string) => Soon<boolean>;
  /** Of web pages that may connect, beside those of loopback addresses. */
  readonly origins: ReadonlySet<string>;
  readonly standingOf: StandingOf;
  readonly tickets: Pick<Tickets, "use">;
  readonly connections: Pick<
    Connections,
    "open" | "place" | "close" | "find" | "join" | "joinAll" | "leave" | "presence"
  >;
  readonly log: Pick<ChannelLog, "read" | "history" | "headOf">;
  readonly publisher: Pick<Publisher, "publish">;
  readonly receipts: Pick<Receipts, "note">;
  readonly questions: Pick<Questions, "answer" | "list">;
  /** What clients are told of who holds their connections. @default nothing: it says so itself when it comes to that */
  readonly holder?: HolderLimits;
  readonly digest: Digest;
  readonly clock: Clock;
  /** Does not throw. */
  readonly report: (fault: unknown) => void;
  /** Told of each event once it is answered. Does not throw. Left out, nobody counts. */
  readonly turned?: (turn: SocketTurn) => void;
}

/** Who is connected: on record, and as they stand now. */
export interface ConnectedClient {
  readonly connection: Connection;
  readonly principal: Principal;
}
