/** Every path of projects begins so. */
export const PROXY_PREFIX = "/p/";
export const PASSED_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

export interface ProxyPath {
  readonly projectId: string;
  /** With which the project's own paths begin for its callers; without a slash at the end. */
  readonly prefix: string;
  /** As the project is asked, still percent-encoded; undefined for a project's address without the slash at its end. */
  readonly path: string | undefined;
}

const PATH_PATTERN = /^\/p\/([A-Za-z0-9_-]{1,64})(\/.*)?$/s;

/** Undefined for what is no project's address. */
export function readProxyPath(path: string): ProxyPath | undefined {
  const [, projectId, rest] = PATH_PATTERN.exec(path) ?? [];
  if (projectId === undefined) return undefined;
  return { projectId, prefix: `${PROXY_PREFIX}${projectId}`, path: rest };
}
