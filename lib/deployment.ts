import { type App, type Environment, type Stack, Tags } from "aws-cdk-lib";
import { Construct } from "constructs";
import { namesOf } from "./names.ts";
import { FLEET_REGION, type Region } from "./plan/regions.ts";
import { cognitoOf, type StagePlan } from "./plan/stage-plan.ts";
import { CellStack } from "./stacks/cell-stack.ts";
import { FleetStack } from "./stacks/fleet-stack.ts";
import { FleetStateStack } from "./stacks/fleet-state-stack.ts";
import { IdentityStack } from "./stacks/identity-stack.ts";
import { ProjectsStack } from "./stacks/projects-stack.ts";
import { type RegionStackProps, RegionStateStack } from "./stacks/region-state-stack.ts";

export interface DeploymentProps {
  readonly stage: StagePlan;
  /** Where `scripts/build.ts` left the bundles and the layers. */
  readonly buildFolder: string;
}

/**
 * All stacks of a stage, in the order in which they can be deployed: what each region keeps, what the fleet keeps, where
 * people sign in, where projects run, the cells one after another, and last the name that leads to them. A cell that fails to deploy stops the next.
 */
export class Deployment extends Construct {
  readonly regionStates: readonly RegionStateStack[];
  readonly fleetState: FleetStateStack;
  /** Only with a user pool of the stage's own. */
  readonly identity: IdentityStack | undefined;
  /** One a region; none where the plan has no projects. */
  readonly projects: readonly ProjectsStack[];
  readonly cells: readonly CellStack[];
  readonly fleet: FleetStack;

  constructor(app: App, { stage, buildFolder }: DeploymentProps) {
    super(app, stage.name);
    const [home] = stage.regions;
    const inRegion = (region: Region, what: string): RegionStackProps => stackProps({ stage, region, what });
    this.regionStates = stage.regions.map(
      (region) => new RegionStateStack(this, `State-${region}`, inRegion(region, `state-${region}`)),
    );
    this.fleetState = new FleetStateStack(this, "FleetState", inRegion(home, "fleet-state"));
    const identity = cognitoOf(stage);
    this.identity =
      identity === undefined
        ? undefined
        : new IdentityStack(this, "Identity", { ...inRegion(home, "identity"), identity, buildFolder });
    const { projects } = stage;
    this.projects =
      projects === "off"
        ? []
        : stage.regions.map((region) => {
            const props = { ...inRegion(region, `projects-${region}`), projects, buildFolder };
            return new ProjectsStack(this, `Projects-${region}`, props);
          });
    this.cells = stage.regions.map((region) => {
      const props = { ...inRegion(region, `cell-${region}`), buildFolder };
      return new CellStack(this, `Cell-${region}`, props);
    });
    this.fleet = new FleetStack(this, "Fleet", inRegion(FLEET_REGION, "fleet"));
    this.#order();
    this.#tag(stage);
  }

  #order(): void {
    for (const state of this.regionStates) this.fleetState.addStackDependency(state);
    const identity = this.identity === undefined ? [] : [this.identity];
    const inOrder: readonly Stack[] = [this.fleetState, ...identity, ...this.projects, ...this.cells, this.fleet];
    for (const [index, stack] of inOrder.entries()) {
      const before = inOrder[index - 1];
      if (before !== undefined) stack.addStackDependency(before, "one after another");
    }
  }

  /** For who reads the bill: by product, stage and tenant; a cell is its region. */
  #tag({ name, settings }: StagePlan): void {
    const tags = { product: "skein", stage: name, tenant: settings.tenant };
    for (const [key, value] of Object.entries(tags)) Tags.of(this).add(key, value);
  }
}

function stackProps({ stage, region, what }: { stage: StagePlan; region: Region; what: string }): RegionStackProps {
  const env: Environment = stage.account === "current" ? { region } : { region, account: stage.account };
  return { stage, region, env, stackName: namesOf(stage).stack(what) };
}
