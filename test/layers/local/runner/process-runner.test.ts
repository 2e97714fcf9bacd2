import { runnerContract } from "../../../contracts/runner.contract.ts";
import { localRunner } from "../../../fixtures/local-runner.ts";

runnerContract("processes of this machine, with all that it has for them", () => localRunner("all"));
runnerContract("processes of this machine, by watching alone", () => localRunner("watch"));
