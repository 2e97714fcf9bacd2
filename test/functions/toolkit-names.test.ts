import { expect, test } from "vitest";
import { JOBS_TOOLKIT } from "../../functions/job-tools.ts";
import { TOOLKIT_NAMES } from "../../functions/toolkit-names.ts";
import { HOST_TOOLKIT } from "../../layers/host/host-toolkit.ts";
import { PEOPLE_TOOLKIT } from "../../layers/people/people-toolkit.ts";

test("tenants have the toolkits of functions on or off by the names that cells know", () => {
  expect(TOOLKIT_NAMES).toEqual(["cyberchef", HOST_TOOLKIT, PEOPLE_TOOLKIT, JOBS_TOOLKIT]);
});
