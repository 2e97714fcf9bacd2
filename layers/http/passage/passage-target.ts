/** Where a call for a project goes. */
export interface PassageTarget {
  readonly host: string;
  readonly port: number;
  /** With the query. */
  readonly path: string;
  /** With which its own paths begin for its callers. */
  readonly prefix: string;
}
