import { describe, expect, test } from "vitest";
import { WORKSPACE_FILE_BYTES_MAX, type Workspaces } from "../../layers/core/ports/workspace.ts";
import { tenant } from "../fixtures/tenants.ts";

export interface WorkspacesSubject {
  readonly workspaces: Workspaces;
  /** Makes a folder of a tenant's with these files; a name that ends in a slash is a folder. */
  put(tenantId: string, workspace: string, files: Readonly<Record<string, string>>): Promise<void> | void;
}

const acme = tenant("acme");
const other = tenant("other");

/** What every adapter of {@link Workspaces} promises. */
export function workspacesContract(name: string, make: () => Promise<WorkspacesSubject>): void {
  describe(`${name} as workspaces`, () => {
    test("tells names in order, and the texts of the files that are asked for and there", async () => {
      const { workspaces, put } = await make();
      await put("acme", "shop", { "package.json": '{"a":"ü"}', "src/": "", "README.md": "no" });

      const look = await workspaces.look(acme, "shop", ["package.json", "Procfile"]);

      expect(look).toMatchObject({ ok: true, value: { names: ["README.md", "package.json", "src/"] } });
      expect(look.ok && look.value.texts).toEqual(new Map([["package.json", '{"a":"ü"}']]));
    });

    test("leaves out a text that is too long, and tells its name", async () => {
      const { workspaces, put } = await make();
      await put("acme", "shop", { Procfile: "x".repeat(WORKSPACE_FILE_BYTES_MAX + 1) });

      const look = await workspaces.look(acme, "shop", ["Procfile"]);

      expect(look).toMatchObject({ ok: true, value: { names: ["Procfile"], texts: new Map() } });
    });

    test("knows a folder by one place, however it is written", async () => {
      const { workspaces, put } = await make();
      await put("acme", "shop", {});
      await put("acme", "blog", {});
      const place = async (workspace: string) => {
        const look = await workspaces.look(acme, workspace, []);
        return look.ok ? look.value.place : undefined;
      };

      expect(await place("shop//")).toBe(await place("shop"));
      expect(await place("shop")).not.toBe(await place("blog"));
      expect(await place("shop")).toBeDefined();
    });

    test("refuses what leads out of the tenant's own", async () => {
      const { workspaces, put } = await make();
      await put("other", "theirs", { Procfile: "web: theirs" });

      for (const workspace of ["../other/theirs", "shop/../../other/theirs", ".."]) {
        const look = await workspaces.look(acme, workspace, ["Procfile"]);
        expect(look).toMatchObject({ ok: false, problem: { reason: "workspace_forbidden", workspace } });
      }
    });

    test("has no folder of another tenant's under the same name", async () => {
      const { workspaces, put } = await make();
      await put("other", "theirs", {});

      expect(await workspaces.look(acme, "theirs", [])).toEqual({
        ok: false,
        problem: { reason: "workspace_absent", workspace: "theirs" },
      });
    });

    test("makes an empty folder for a project once, for its tenant alone", async () => {
      const { workspaces } = await make();

      const [first, second] = [await workspaces.makeFor(acme, "p1"), await workspaces.makeFor(acme, "p1")];

      expect(second).toBe(first);
      expect(await workspaces.look(acme, first, [])).toMatchObject({ ok: true, value: { names: [] } });
      expect(await workspaces.look(other, first, [])).toMatchObject({ ok: false });
    });
  });
}
