import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type LambdaHost, openLambdaHost } from "../../layers/local/lambda/lambda-host.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { deployLocally, type LocalDeploymentOptions } from "./local-deployment.ts";

export interface LambdaCell extends LambdaHost {
  readonly accessKey: string;
}

export interface LambdaCellOptions extends LocalDeploymentOptions {
  readonly host: string;
  readonly port: number;
}

/** A local deployment behind its front door. */
export async function openLambdaCell(options: LambdaCellOptions): Promise<LambdaCell> {
  const logDir = join(options.dataDir, "log");
  mkdirSync(logDir, { recursive: true, mode: 0o700 });
  const { functions, workers, door, connections, accessKey, close } = await deployLocally(options);
  try {
    const surroundings = { clock: systemClock(), chance: systemChance() };
    const host = await openLambdaHost({ ...options, ...surroundings, logDir, functions, workers, door, connections });
    return {
      url: host.url,
      accessKey,
      async drain(steps) {
        await host.drain(steps);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
