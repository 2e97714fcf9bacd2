import { PAGE_LINES_MAX } from "../../core/log/limits.ts";
import { SYSTEM_PORTS } from "../../core/project/port-ranges.ts";

/** Limits of the runner of this machine. How they relate is held by `test/layers/local/runner/limits.test.ts`. */

/** How often the processes of all runs are counted up. A program allocates some hundreds of MB in that time. */
export const LOOK_INTERVAL_MS = 200;
/** While a run is more than half way to a limit, or is being ended. */
export const CLOSE_LOOK_INTERVAL_MS = 40;
/**
 * How often the machine is asked for the mere number of its threads, and by how many more there is a look at once. A
 * program that does nothing but start others starts some hundred in that time.
 */
export const GLANCE_INTERVAL_MS = 20;
export const GLANCE_GROWTH_MAX = 40;
/** Where the processes are told by `ps`, which costs some 10 ms of a core. */
export const PS_LOOK_INTERVAL_MS = 1_000;
/**
 * Who listens where is looked at again after this, or so many times as long as a look took: some machines need 30 ms to
 * list their sockets.
 */
export const SOCKET_LOOK_INTERVAL_MS = 400;
export const SOCKET_LOOK_REST_SHARE = 30;
/**
 * Those that were of no run are looked at again each so many looks: in between, the number of one could be given to
 * somebody new, but takes long to come round.
 */
export const LOOKS_PER_WHOLE_LOOK = 5;

/** Runs that have not ended, those that wait to be launched too. Each holds two pipes and some processes. */
export const RUNS_MAX = 2_000;
/** Launched at a time: a launch takes some 5 ms of a core. */
export const LAUNCHES_MAX = 8;
export const FULL_RETRY_AFTER_SECONDS = 5;

/** A runner without a run ends itself. */
export const IDLE_END_MS = 60_000;
/** From its start until it answers. Loading takes some 100 ms, and cleaning up after a killed one some more. */
export const RUNNER_START_TIMEOUT_MS = 15_000;
export const RUNNER_CONNECT_RETRY_MS = 20;
/** How long a new runner waits for one that is about to end. */
export const RUNNER_LOCK_WAIT_MS = 3_000;
/** Of one request to the runner, which only writes down what was asked. */
export const REQUEST_TIMEOUT_MS = 20_000;
/** One message on the socket. An order has 6 KiB. */
export const MESSAGE_BYTES_MAX = 256 * 1024;
/** What a runner says of its own faults is kept to this. */
export const RUNNER_LOG_BYTES_MAX = 1024 * 1024;

/** How long an ended run is told of; the port asks for an hour. */
export const ENDED_KEPT_MS = 24 * 60 * 60 * 1000;
export const SWEEP_INTERVAL_MS = 5 * 60 * 1000;
export const SWEEP_COUNT_MAX = 500;

/** How long lines wait for company on their way to the disk. A listener shall have a line within 100 ms. */
export const OUTPUT_FLUSH_MS = 20;
/** Beyond it a run's pipes are not read until the disk has caught up. */
export const OUTPUT_WAITING_CHARACTERS_MAX = 1024 * 1024;
/** Written at a time, in some ms, for which nobody else's lines are read. */
export const OUTPUT_APPEND_LINES_MAX = 2_000;
/** As many as a page of a log has. */
export const OUTPUT_PAGE_LINES_MAX = PAGE_LINES_MAX;
/** A line without an end is given out after so long a silence: it may be a question. */
export const PARTIAL_LINE_MS = 1_000;
/** How often somebody who waits for output looks for it. */
export const OUTPUT_POLL_MS = 50;

/** The files of a run are counted again after this, or ten times as long as the count took. */
export const DISK_LOOK_INTERVAL_MS = 1_000;
export const DISK_LOOK_REST_SHARE = 10;

/** A process may hold this much more than its run, so that who counts sees it before it fails for want of memory. */
export const MEMORY_BACKSTOP_BYTES = 2 * 1024 * 1024 * 1024;
/** Between the signal that a process may catch and the one that it may not. */
export const CPU_BACKSTOP_SECONDS = 5;
/** Runs stand behind the cell and the runner (as `nice` counts). */
export const NICENESS = 10;
/** Taken first where the machine's memory runs out (as /proc/<pid>/oom_score_adj counts, up to 1000). */
export const OOM_SCORE = 500;

/** How often the remains of a run are killed anew before it is given up. */
export const KILL_ROUNDS_MAX = 100;

/** The system's own (RFC 6335, section 6), and the MCP Debug Host's. */
export const RESERVED_PORTS: readonly { readonly first: number; readonly last: number }[] = [
  { first: 1, last: 1023 },
  SYSTEM_PORTS,
];

/** How often, and how often at most, it is tried to write down how a run ended: the disk may be full for a while. */
export const KEEP_RETRY_MS = 1_000;
export const KEEP_ATTEMPTS_MAX = 600;
export const KILL_ROUND_MS = 20;
