/**
 * Limits of projects and their runs. How they relate, also to those of the runner port, is held by
 * `test/layers/core/project/limits.test.ts`.
 */

const GIB = 1024 ** 3;

/** So that a run's id, which is made of it, fits the runner's 64 characters. */
export const PROJECT_ID_CHARACTERS_MAX = 40;
export const PROJECT_NAME_CHARACTERS_MAX = 100;
/** Linux' own: PATH_MAX (limits.h). */
export const WORKSPACE_CHARACTERS_MAX = 4_096;
/** A line for a shell. Of {@link ORDER_BYTES_MAX} the environment has the rest. */
export const COMMAND_CHARACTERS_MAX = 2_048;
export const ENVIRONMENT_NAMES_MAX = 64;
export const ENVIRONMENT_VALUE_CHARACTERS_MAX = 2_048;
export const STACK_WORDS_MAX = 20;
export const STACK_WORD_CHARACTERS_MAX = 50;
/** Ports that somebody would like, best first. */
export const WANTED_PORTS_MAX = 10;
/** In one batch: no more than a tenant may have by default. */
export const BATCH_PROJECTS_MAX = 200;

/** Projects read in one page, and pages read at most: a tenant's of the largest plan, and more, since DynamoDB ends a page at 1 MB. */
export const PROJECTS_PAGE_ITEMS = 200;
export const PROJECTS_PAGES_MAX = 100;

/**
 * What a run may take. Of the quotas of a tenant (10 processors and 10 GiB where its plan says nothing else) ten runs use
 * up both; a tenant that has less memory altogether has smaller runs.
 */
export const RUN_CPUS = 1;
export const RUN_MEMORY_BYTES = GIB;
export const RUN_DISK_BYTES = GIB;
/** `npm run dev` of a bundler with its workers has some thirty. */
export const RUN_PROCESSES = 128;
/** A project is there to be worked on: who comes back after a day starts it again. */
export const RUN_LIFETIME_MS = 24 * 60 * 60 * 1_000;
/** What stands for a run beside its project is over by itself after that. Held against the keys' `secondsMax`. */
export const RUN_KEPT_MS: number = RUN_LIFETIME_MS + 60 * 60 * 1_000;

/** Meeting another writer of the same project. Each time somebody's write came through. */
export const WRITE_ATTEMPTS_MAX = 16;
/**
 * Starts that go on at once in one process; the others wait their turn. More would only wait for each other, and for the
 * process, whose other callers then wait too.
 */
export const STARTS_AT_ONCE = 64;

/** Starts over after another run of the project has ended, or another start was first. */
export const START_ATTEMPTS_MAX = 8;
/** So long a start is waited for: a program of this machine runs by then, and a task of Fargate's is told as starting. */
export const START_SEEN_MS_MAX = 5_000;
/** Free ports that others were first to have, or that turned out to be busy. */
export const PORT_ATTEMPTS_MAX = 32;
export const PORT_SUGGESTIONS = 3;
/** Of who has which port: the 3,901 there are lie in four, and a page may end early. */
export const PORTS_PAGES_MAX = 16;

/** An order that the runner does not know this long after it was written down was never sent: its sender is gone. */
export const ORDER_LOST_MS = 10_000;
/** What stands for a run that was never written down is somebody's who is about to; after this, of somebody who is gone. */
export const ENTRY_UNUSED_MS = 5 * 60 * 1_000;
/** How long a stop that was asked for may take beyond the run's grace before it is asked for again. */
export const STOP_OVERDUE_MS = 15_000;
/** Between two looks at whether a run has ended: soon at first, then seldom. */
export const LOOK_PAUSE_MS = 20;
export const LOOK_PAUSE_MS_MAX = 250;

/** Open runs looked after at a time, and pages of them in one round: those of ten thousand projects, and more. */
export const SWEEP_PAGE_ITEMS = 200;
export const SWEEP_PAGES_MAX = 100;
export const SWEEP_AT_ONCE = 8;
/** Between two rounds on one machine: so long a program that has ended may hold its place where nobody looks at it. */
export const SWEEP_INTERVAL_MS = 2_000;
