/** Limits of uploaded workspaces. How they relate is held by `test/layers/core/workspace/limits.test.ts`. */

const MIB = 1024 ** 2;

/** An archive as it is sent. A function reads so much from S3 within a second or two. */
export const ARCHIVE_BYTES_MAX: number = 64 * MIB;
/** Its files and headers, unzipped: as much as a function that looks at a workspace reads of one, in some seconds. */
export const ARCHIVE_UNPACKED_BYTES_MAX: number = 256 * MIB;
/** Files and folders, also those that a path only leads through. A `node_modules` of a small program has some thousands. */
export const ARCHIVE_ENTRIES_MAX = 20_000;
/** Of a path within an archive. Linux takes 4,096 in all, of which what it is unpacked in needs some. */
export const ARCHIVE_PATH_BYTES_MAX = 1_024;
/** Of one name in it. Linux' own: NAME_MAX (limits.h). */
export const ARCHIVE_NAME_BYTES_MAX = 255;
/** Of what comes before a header and is for it, such as a long path. */
export const ARCHIVE_EXTENSION_BYTES_MAX: number = 64 * 1024;

/** How long the link of an upload is good: S3 looks when the request begins. */
export const UPLOAD_LINK_MS: number = 10 * 60 * 1_000;
/** How long an upload may be accepted, from its offer on: the link's time, and the largest archive over a slow line. */
export const UPLOAD_ACCEPT_MS: number = 30 * 60 * 1_000;
/**
 * Uploads that a tenant may have beside one for each of its projects: that are offered, that something runs in still, or whose
 * record is over and was not deleted yet, which DynamoDB takes up to some days for. Rounded up to whole pages.
 */
export const UPLOADS_BESIDE_PROJECTS_MAX = 1_000;
/** Uploads of a tenant read in one page, and pages at most. */
export const UPLOADS_PAGE_ITEMS = 200;
export const UPLOADS_PAGES_MAX = 1_000;
/** Archives looked at in one page of the sweeper, and how many of them at a time. */
export const SWEEP_PAGE_ARCHIVES = 200;
export const SWEEP_AT_ONCE = 8;
