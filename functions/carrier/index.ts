import process from "node:process";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { lambdaStream } from "../../layers/http/lambda/lambda-stream.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { CarrierConfig } from "./config.ts";
import { carrierHandler } from "./handler.ts";

const config = readConfig(CarrierConfig, process.env);

export const handler = lambdaStream(carrierHandler({ network: config.PROJECT_NETWORK, clock: systemClock() }));
