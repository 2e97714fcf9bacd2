/** Where a cell's own files lie: beside their sources, or in `build/cell` when this is the bundle. */
export interface Places {
  readonly toolkitApi: URL;
  readonly bakerWorker: URL;
  /** The folder of the bundled operations. */
  readonly cyberchef: URL;
}

export function places(): Places {
  const here = import.meta.url;
  if (here.endsWith(".ts")) {
    return {
      toolkitApi: new URL("./toolkit-api.ts", here),
      bakerWorker: new URL("../cyberchef/worker.ts", here),
      cyberchef: new URL("../../build/cyberchef/", here),
    };
  }
  return {
    toolkitApi: new URL("./toolkit.js", here),
    bakerWorker: new URL("./baker-worker.js", here),
    cyberchef: new URL("../cyberchef/", here),
  };
}
