import { expect, test } from "vitest";
import type { Project } from "../../../../layers/core/project/project.ts";
import { projectItem, readProject } from "../../../../layers/core/project/stored-project.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");

const project: Project = {
  ...{ tenantId: acme, projectId: "proj_1", name: "Shop", workspace: "shop", placeDigest: "d", stack: ["nodejs"] },
  ...{ tech: "node", start: { command: "node .", from: "given" }, environment: { A: "1" }, wantedPorts: [3000] },
  ...{ registeredAtEpochMs: 1, changedAtEpochMs: 2, revision: 3, term: 4 },
  run: {
    ...{
      runId: "r4-x",
      term: 4,
      state: "ended",
      command: "node .",
      environmentName: "development",
      environment: {},
      added: { B: "2" },
    },
    ...{ port: 3000, memoryBytes: 1, graceMs: 0, orderedAtEpochMs: 5, place: "p", startedAtEpochMs: 6 },
    taken: [{ quota: "containers", amount: 1, repairs: 0 }],
    end: { reason: "exited", exitCode: 1, atEpochMs: 7 },
  },
};

test("a project is read as it was stored", () => {
  expect(readProject(acme, projectItem(project, "w1"))).toEqual(project);
});

test("one that has no tech, no command and no run likewise", () => {
  const { tech: _tech, start: _start, run: _run, ...bare } = project;

  expect(readProject(acme, projectItem(bare, "w1"))).toEqual(bare);
});

test.each(["{", "[]", '{"name":3}', JSON.stringify({ ...project, run: { state: "flying" } })])(
  "a document of %s is told as corrupt",
  (document) => {
    const item = { ...projectItem(project, "w1"), document };

    expect(() => readProject(acme, item)).toThrow(
      expect.objectContaining({ code: "project_corrupt", projectId: "proj_1" }),
    );
  },
);
