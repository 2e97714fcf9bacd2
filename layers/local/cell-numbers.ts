import { Metrics } from "../core/metrics/metrics.ts";
import { CallNumbers } from "../http/call-numbers.ts";
import { metricsPage } from "../http/metrics-page.ts";
import type { Route } from "../http/router.ts";
import { PeopleNumbers } from "../people/people-numbers.ts";
import type { CellAccess } from "./cell-access.ts";

/** What this process has counted. Of what other processes on the folder do, each tells its own. */
export class CellNumbers {
  readonly #metrics = new Metrics();
  readonly calls = new CallNumbers(this.#metrics);
  readonly people = new PeopleNumbers(this.#metrics);

  routes(access: CellAccess): readonly Route[] {
    return [{ path: "/metrics", methods: ["GET"], handler: access.gated(metricsPage(this.#metrics)) }];
  }
}
