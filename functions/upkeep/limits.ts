/** Records and blobs that one run deletes at most: what fits into its time, at some milliseconds for each few. */
export const ERASE_DELETIONS_MAX = 200_000;
