import { fileURLToPath } from "node:url";

/** The data folder of a cell, from where its commands are given, unless another one is named. */
export const DATA_DIR_USUAL = ".skein";

/** Where a cell's own files lie: beside their sources, or in `build/` when this is the bundle. */
export interface Places {
  readonly toolkitApi: URL;
  /** What the build made of CyberChef. */
  readonly cyberchefFolder: string;
  /** A folder for each page. */
  readonly portalFolder: string;
}

export function places(): Places {
  const here = import.meta.url;
  const isSource = here.endsWith(".ts");
  return {
    toolkitApi: new URL(isSource ? "./toolkit-api.ts" : "./toolkit.js", here),
    cyberchefFolder: fileURLToPath(new URL(isSource ? "../../build/cyberchef" : "../cyberchef", here)),
    portalFolder: fileURLToPath(new URL(isSource ? "../../build/portal" : "../portal", here)),
  };
}
