import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ok, refused } from "../../../../layers/core/result.ts";
import {
  folderInWorkspace,
  makeOwnWorkspace,
  type WorkspacePlaces,
  workspaceRoots,
} from "../../../../layers/local/runner/workspace-roots.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const A = tenant("acme");
const B = tenant("acme-two");
const OUTSIDE = refused({ reason: "workspace_outside" });
const MISSING = refused({ reason: "workspace_missing" });

/** `acme` has a folder `shop` of its own and was given `code` with `site` in it; `acme-two` has a `shop` too. */
async function somePlaces(): Promise<WorkspacePlaces & { readonly code: string }> {
  const root = await testFolder();
  const [dataDir, code] = [join(root, "data"), join(root, "code")];
  const places = { dataDir, code, given: [{ tenantId: A, folder: code }] };
  for (const each of [A, B]) await mkdir(join(await makeOwnWorkspace(places, each), "shop"));
  await mkdir(join(code, "site"), { recursive: true });
  await writeFile(join(code, "file"), "");
  return places;
}

test("a tenant's folder is found by its name, and by its whole path", async () => {
  const places = await somePlaces();
  const shop = join(places.dataDir, "workspaces/acme/shop");

  const found = await Promise.all(
    ["shop", "./shop/", shop, `${shop}/`].map((path) => folderInWorkspace(places, A, path)),
  );

  expect(found).toEqual([ok(shop), ok(shop), ok(shop), ok(shop)]);
});

test("a given folder is its tenant's, and what lies in it too", async () => {
  const places = await somePlaces();
  const { code } = places;

  expect(workspaceRoots(places, A)).toEqual([join(places.dataDir, "workspaces/acme"), code]);
  expect(await folderInWorkspace(places, A, code)).toEqual(ok(code));
  expect(await folderInWorkspace(places, A, join(code, "site"))).toEqual(ok(join(code, "site")));
});

test("what is another tenant's is outside, also where its name begins alike", async () => {
  const places = await somePlaces();
  const theirs = join(places.dataDir, "workspaces/acme-two");

  for (const path of [theirs, join(theirs, "shop"), join(theirs, "none")]) {
    expect(await folderInWorkspace(places, A, path)).toEqual(OUTSIDE);
  }
  expect(await folderInWorkspace(places, B, places.code)).toEqual(OUTSIDE);
});

test.each(["..", "../acme-two/shop", "shop/..", "shop/../shop", "a\\..\\b", "/", "/etc", "shop\0", "/tmp/../etc"])(
  "the path %j is outside",
  async (path) => {
    expect(await folderInWorkspace(await somePlaces(), A, path)).toEqual(OUTSIDE);
  },
);

test("a link is followed, and is outside where it leads out", async () => {
  const places = await somePlaces();
  const own = join(places.dataDir, "workspaces/acme");
  await symlink(join(own, "shop"), join(own, "inside"));
  await symlink(join(places.dataDir, "workspaces/acme-two/shop"), join(own, "outside"));
  await symlink("/etc", join(places.code, "etc"));
  await symlink(join(own, "circle"), join(own, "circle"));
  await symlink(join(own, "gone"), join(own, "nowhere"));

  expect(await folderInWorkspace(places, A, "inside")).toEqual(ok(join(own, "shop")));
  expect(await folderInWorkspace(places, A, "outside")).toEqual(OUTSIDE);
  expect(await folderInWorkspace(places, A, join(places.code, "etc"))).toEqual(OUTSIDE);
  expect(await folderInWorkspace(places, A, join(places.code, "etc/ssl"))).toEqual(OUTSIDE);
  expect(await folderInWorkspace(places, A, "circle")).toEqual(MISSING);
  expect(await folderInWorkspace(places, A, "nowhere")).toEqual(MISSING);
});

test("a root that is a link itself is where it leads", async () => {
  const places = await somePlaces();
  const link = join(places.dataDir, "link");
  await symlink(places.code, link);

  const found = await folderInWorkspace({ ...places, given: [{ tenantId: A, folder: link }] }, A, join(link, "site"));

  expect(found).toEqual(ok(join(places.code, "site")));
});

test.each(["none", "shop/none", "x".repeat(300)])("%s, which is not there, is missing", async (path) => {
  expect(await folderInWorkspace(await somePlaces(), A, path)).toEqual(MISSING);
});

test("a file is no folder", async () => {
  const places = await somePlaces();

  expect(await folderInWorkspace(places, A, join(places.code, "file"))).toEqual(MISSING);
  expect(await folderInWorkspace(places, A, join(places.code, "file/in"))).toEqual(MISSING);
});
