import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { env, execPath } from "node:process";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { dynamoTable } from "../../../layers/aws/dynamo-table.ts";
import type { Table } from "../../../layers/core/ports/table.ts";
import { answeringService } from "../../fixtures/answering-service.ts";
import { clientOf } from "../../fixtures/dynamo-client.ts";
import { type LocalDynamo, localDynamo } from "../../fixtures/local-dynamo.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";
import { ACME, OPERATOR, tenantParts } from "../../fixtures/tenant-parts.ts";
import { tenant } from "../../fixtures/tenants.ts";

const SCRIPT = resolve(import.meta.dirname, "../../../scripts/audit.ts");
const CREDENTIALS = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };
const TOLD = /^fleet: no entries\nacme: 2 entries, whole; the end is 2:[\w-]{43}\nbar: 2 entries, whole; the end is 2:/;

let dynamo: LocalDynamo;
let table: Table;
let close: () => void;

/** A stage with two tenants, in the plan's first region. */
beforeAll(async () => {
  const clock = manualClock();
  dynamo = await localDynamo({ tableNames: ["skein-production-control"] });
  const client = clientOf(dynamo.settings);
  close = () => client.close();
  table = dynamoTable({ client, tableName: dynamo.tableName, clock });
  const { tenants } = tenantParts({ clock, table });
  await tenants.create(ACME, { actor: OPERATOR });
  await tenants.create({ ...ACME, tenantId: tenant("bar") }, { actor: OPERATOR });
});

afterAll(async () => {
  close();
  await dynamo.close();
});

interface Ended {
  readonly exitCode: number;
  readonly printed: string;
  readonly complained: string;
}

/** The command as an operator gives it, who has nothing of AWS but what is given here. */
function audit(args: readonly string[], environment: Readonly<Record<string, string>> = CREDENTIALS): Promise<Ended> {
  const nothing = { PATH: env.PATH, HOME: "/nowhere", AWS_EC2_METADATA_DISABLED: "true" };
  const reached = { AWS_ENDPOINT_URL_DYNAMODB: dynamo.settings.endpoint };
  const options = { env: { ...nothing, ...reached, ...environment } };
  return new Promise((ended) => {
    const child = execFile(execPath, [SCRIPT, ...args], options, (_error, printed, complained) => {
      ended({ exitCode: child.exitCode ?? Number.NaN, printed, complained });
    });
  });
}

test("the logs of a deployed stage are verified in its table, and tell what the same command tells of a folder", async () => {
  const { exitCode, printed, complained } = await audit(["--verify", "--stage", "production"]);

  expect(complained).toBe("");
  expect(printed).toMatch(TOLD);
  expect(exitCode).toBe(0);
});

test("another region of the stage is asked where it is named, and what it refuses is told", async () => {
  const denied = JSON.stringify({ __type: "com.amazon#AccessDeniedException", Message: "not for id" });
  const service = await answeringService((response) => void response.writeHead(400).end(denied));
  const there = { ...CREDENTIALS, AWS_ENDPOINT_URL_DYNAMODB: service.settings.endpoint ?? "" };

  const { exitCode, complained } = await audit(
    ["--verify", "--stage", "production", "--region", "eu-central-1"],
    there,
  );

  expect(service.requests.map(({ headers }) => headers.authorization?.split("/")[2])).toEqual(["eu-central-1"]);
  expect(complained).toBe(
    "--stage production can't be read: from the table skein-production-control in eu-central-1 came AccessDeniedException: not for id\n",
  );
  expect(exitCode).toBe(2);
});

test("a region that the stage has not is refused with those that it has", async () => {
  const { exitCode, complained } = await audit(["--verify", "--stage", "production", "--region", "us-east-1"]);

  expect(complained).toBe("--stage production has no region us-east-1; it has eu-west-1, eu-west-2, eu-central-1\n");
  expect(exitCode).toBe(2);
});

test("where the stage is not deployed, its table is missed by name", async () => {
  const empty = await localDynamo();
  onTestFinished(() => empty.close());
  const there = { ...CREDENTIALS, AWS_ENDPOINT_URL_DYNAMODB: empty.settings.endpoint ?? "" };

  const { exitCode, complained } = await audit(["--verify", "--stage", "production"], there);

  expect(complained).toBe(
    "--stage production has no table skein-production-control in eu-west-1: it is not deployed there, or in another account than your credentials'\n",
  );
  expect(exitCode).toBe(2);
});

test("the credentials of a profile are found where AWS's own tools find them", async () => {
  const service = await answeringService((response) => void response.writeHead(400).end("{}"));
  const file = join(await testFolder(), "credentials");
  await writeFile(file, "[ops]\naws_access_key_id = idofops\naws_secret_access_key = secret\n");
  const profile = { AWS_SHARED_CREDENTIALS_FILE: file, AWS_PROFILE: "ops" };

  await audit(["--verify", "--stage", "production"], {
    ...profile,
    AWS_ENDPOINT_URL_DYNAMODB: service.settings.endpoint ?? "",
  });

  expect(service.requests.map(({ headers }) => headers.authorization)).toEqual([
    expect.stringContaining("Credential=idofops/"),
  ]);
});

test("what was done is listed from there too", async () => {
  const { exitCode, printed } = await audit(["--list", "--tenant", "bar", "--stage", "production"]);

  expect(printed).toMatch(/^2027-01-01T00:00:00.000Z done: fleet.tenant.create on tenant bar by olga /);
  expect(exitCode).toBe(0);
});

test("an entry that somebody changed in the table ends the command with 1 and is named", async () => {
  const key = { pk: "TENANT#bar#AUDIT", sk: "0000000000000002" };
  const before = await table.get(key);
  await table.update(key, { set: { entry: "{}" } });

  const { exitCode, printed, complained } = await audit(["--verify", "--stage", "production"]);
  await table.update(key, { set: { entry: before?.entry ?? "" } });

  expect(complained).toBe("bar: broken at entry 2: entry_changed\n");
  expect(printed).toMatch(/acme: 2 entries, whole/);
  expect(exitCode).toBe(1);
});

test("a stage that the plan has not is refused with those that it has", async () => {
  const { exitCode, complained } = await audit(["--verify", "--stage", "staging"]);

  expect(complained).toBe("--stage staging is not in lib/plan.ts, which has production\n");
  expect(exitCode).toBe(2);
});

test("without credentials nothing is asked, and that is said", async () => {
  const { exitCode, printed, complained } = await audit(["--verify", "--stage", "production"], {});

  expect(complained).toBe(
    "--stage production can't be read without AWS credentials, and none were found: Could not load credentials from any providers\n",
  );
  expect([exitCode, printed]).toEqual([2, ""]);
});

test("a store that does not answer is told with what it said", async () => {
  const nobody = { ...CREDENTIALS, AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1" };

  const { exitCode, complained } = await audit(["--verify", "--stage", "production"], nobody);

  expect(complained).toMatch(
    /^--stage production can't be read: from the table skein-production-control in eu-west-1 came Error: connect ECONNREFUSED/,
  );
  expect(exitCode).toBe(2);
});
