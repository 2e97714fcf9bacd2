import * as z from "zod";

/** A CloudFormation template as rules read it: resources by logical id. */
const Template = z.object({
  Resources: z
    .record(z.string(), z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() }))
    .optional(),
});

export interface TemplateResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** @throws ZodError where it is no template. */
export function readTemplate(raw: unknown): readonly TemplateResource[] {
  const { Resources = {} } = Template.parse(raw);
  return Object.entries(Resources).map(([logicalId, { Type, Properties = {} }]) => ({
    logicalId,
    type: Type,
    properties: Properties,
  }));
}

/** Something about templates that neither CloudFormation's rules nor cdk-nag's see. */
export interface HouseRule {
  readonly id: string;
  /** What holds where the rule passes. */
  readonly promise: string;
  readonly appliesTo: string;
  /** Where in the resource the promise is broken; nowhere, if it is kept. */
  readonly breaches: (properties: TemplateResource["properties"]) => readonly string[];
}
