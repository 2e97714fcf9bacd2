import type { Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { expect } from "vitest";

type Pattern = Record<string, unknown>;

/** The template of one stack, with the CDK's own matchers as expectations of the test. */
export class StackTemplate {
  readonly #template: Template;

  constructor(stack: Stack) {
    this.#template = Template.fromStack(stack);
  }

  /** Some resource of the type has these properties. */
  has(type: string, properties: Pattern): void {
    this.#expect(() => this.#template.hasResourceProperties(type, properties));
  }

  /** There are resources of the type, and all have these properties. */
  allHave(type: string, properties: Pattern): void {
    this.#expect(() => this.#template.allResourcesProperties(type, properties));
  }

  /** As {@link allHave}, of all that is said of a resource beside its properties too. */
  allAre(type: string, resource: Pattern): void {
    this.#expect(() => this.#template.allResources(type, resource));
  }

  /** How many resources of the type there are, or how many with these properties. */
  count(type: string, count: number, properties: Pattern = {}): void {
    this.#expect(() => this.#template.resourcePropertiesCountIs(type, properties, count));
  }

  /** Resources of the type by their logical ids. */
  find(type: string): Readonly<Record<string, Pattern>> {
    return this.#template.findResources(type);
  }

  /** The logical ids of all resources. */
  ids(): readonly string[] {
    return Object.keys(this.#template.toJSON().Resources ?? {});
  }

  json(): Pattern {
    return this.#template.toJSON();
  }

  #expect(check: () => void): void {
    expect(check).not.toThrow();
  }
}
