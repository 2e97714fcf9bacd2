import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { fileWorkspaces } from "../../../../layers/local/runner/file-workspaces.ts";
import { workspacesContract } from "../../../contracts/workspaces.contract.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const other = tenant("other");

async function put(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    if (name.endsWith("/")) await mkdir(join(folder, name));
    else await writeFile(join(folder, name), text);
  }
}

workspacesContract("folders of this machine", async () => {
  const dataDir = await testFolder();
  return {
    workspaces: fileWorkspaces({ dataDir, given: [] }),
    put: (tenantId, workspace, files) => put(join(dataDir, "workspaces", tenantId, workspace), files),
  };
});

test("a file that is a link is not read, and a folder that leads out is refused", async () => {
  const dataDir = await testFolder();
  const shop = join(dataDir, "workspaces/acme/shop");
  await put(shop, {});
  await put(join(dataDir, "workspaces/other"), { secret: "web: secret" });
  await symlink(join(dataDir, "workspaces/other/secret"), join(shop, "Procfile"));
  await symlink(join(dataDir, "workspaces/other"), join(dirname(shop), "theirs"));
  const workspaces = fileWorkspaces({ dataDir, given: [] });

  expect(await workspaces.look(acme, "shop", ["Procfile"])).toMatchObject({
    value: { names: ["Procfile"], texts: new Map() },
  });
  expect(await workspaces.look(acme, "theirs", ["secret"])).toMatchObject({
    problem: { reason: "workspace_forbidden" },
  });
});

test("a folder that a tenant was given is its own, by its whole path, and no other's", async () => {
  const [dataDir, folder] = [await testFolder(), await testFolder()];
  await put(folder, { "index.html": "" });
  const workspaces = fileWorkspaces({ dataDir, given: [{ tenantId: acme, folder }] });

  expect(await workspaces.look(acme, folder, [])).toMatchObject({ value: { names: ["index.html"] } });
  const refusal = await workspaces.look(other, folder, []);
  expect(refusal).toMatchObject({ problem: { reason: "workspace_forbidden" } });
  expect(!refusal.ok && JSON.stringify({ ...refusal.problem, workspace: "" })).not.toContain(folder);
  expect(await workspaces.look(acme, dataDir, [])).toMatchObject({
    problem: { allowed: `it takes a path relative to the tenant's own folder, or one within ${folder}` },
  });
});
