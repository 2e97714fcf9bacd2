import { expect, test } from "vitest";
import { Roster } from "../../../layers/core/roster.ts";

function rosterOf(...names: readonly string[]) {
  const members = names.map((name) => ({ name }));
  const roster = new Roster<{ readonly name: string }>();
  for (const member of members) roster.add(member);
  return { roster, members };
}

const namesIn = (roster: Roster<{ readonly name: string }>): readonly string[] =>
  [...roster].map(({ name }) => name).sort();

test.each([0, 1, 2])("the one that leaves is gone and the others stay, whichever it is (%i)", (leaving) => {
  const { roster, members } = rosterOf("a", "b", "c");
  const [member = { name: "" }] = members.slice(leaving);

  roster.remove(member);

  expect(namesIn(roster)).toEqual(["a", "b", "c"].filter((name) => name !== member.name));
  expect(roster.size).toBe(2);
});

test("one that is not here changes nothing by leaving", () => {
  const { roster } = rosterOf("a", "b");

  roster.remove({ name: "a" });

  expect(namesIn(roster)).toEqual(["a", "b"]);
});

test("a walk over the members meets all that were here at its start, though some leave meanwhile", () => {
  const { roster } = rosterOf("a", "b", "c");
  const met: string[] = [];

  for (const member of roster) {
    met.push(member.name);
    roster.remove(member);
  }

  expect(met.sort()).toEqual(["a", "b", "c"]);
  expect(roster.size).toBe(0);
});
