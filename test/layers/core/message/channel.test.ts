import { expect, test } from "vitest";
import {
  type Audience,
  type ChannelId,
  channelOf,
  type Hearer,
  mayHear,
  ownChannels,
  parseChannelId,
} from "../../../../layers/core/message/channel.ts";
import { CHANNEL_NAME_CHARACTERS_MAX, CONNECTION_ID_CHARACTERS_MAX } from "../../../../layers/core/message/limits.ts";
import { ok, refused } from "../../../../layers/core/result.ts";
import { ROLES } from "../../../../layers/core/tenant/role.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";

const ANN: Hearer = { subject: "ann", role: "admin", connectionId: "c1" };
const of = (audience: Audience): ChannelId => channelOf(audience, sha256);
const hears = (audience: Audience, hearer: Hearer): boolean => mayHear(of(audience), hearer, sha256);

test("a channel has the name of whom it is for, and of a member no more than a digest", () => {
  const channels = [
    of({ kind: "everyone" }),
    of({ kind: "role", role: "viewer" }),
    of({ kind: "channel", name: "deploys" }),
    of({ kind: "connection", connectionId: "c1" }),
  ];

  expect(channels).toEqual(["everyone", "role:viewer", "channel:deploys", "connection:c1"]);
  expect(of({ kind: "member", subject: "ann" })).toBe(`member:${sha256("ann")}`);
});

test("each role hears what is for itself, and none what is for another", () => {
  for (const role of ROLES) {
    const heard = ROLES.filter((other) => hears({ kind: "role", role: other }, { subject: "ann", role }));

    expect(heard).toEqual([role]);
  }
});

test("a member hears what is for everyone, for them, and in channels with a name; and nothing that is another's", () => {
  const theirs: readonly Audience[] = [
    { kind: "everyone" },
    { kind: "member", subject: "ann" },
    { kind: "channel", name: "deploys" },
    { kind: "connection", connectionId: "c1" },
  ];
  const others: readonly Audience[] = [
    { kind: "member", subject: "bob" },
    { kind: "connection", connectionId: "c2" },
  ];

  expect(theirs.map((audience) => hears(audience, ANN))).toEqual(theirs.map(() => true));
  expect(others.map((audience) => hears(audience, ANN))).toEqual(others.map(() => false));
});

test("who has no connection hears no connection's own channel", () => {
  const { connectionId: _, ...caller } = ANN;

  expect(hears({ kind: "connection", connectionId: "c1" }, caller)).toBe(false);
  expect(ownChannels(caller, sha256)).toEqual(["everyone", "role:admin", `member:${sha256("ann")}`]);
  expect(ownChannels(ANN, sha256)).toEqual([...ownChannels(caller, sha256), "connection:c1"]);
});

test("the id of each channel is read as itself", () => {
  const name = "n".repeat(CHANNEL_NAME_CHARACTERS_MAX);
  const connectionId = "c".repeat(CONNECTION_ID_CHARACTERS_MAX);
  const ids = [...ownChannels(ANN, sha256), of({ kind: "channel", name }), of({ kind: "connection", connectionId })];

  expect(ids.map(parseChannelId)).toEqual(ids.map(ok));
});

test.each([
  undefined,
  7,
  "",
  "Everyone",
  "everyone:",
  "role:king",
  "role:",
  "member:ann",
  `member:${sha256("ann")}x`,
  "channel:",
  "channel:a#b",
  "channel:a b",
  `channel:${"n".repeat(CHANNEL_NAME_CHARACTERS_MAX + 1)}`,
  "connection:",
  "connection:a#b",
  `connection:${"c".repeat(CONNECTION_ID_CHARACTERS_MAX + 1)}`,
  "tenant:acme",
  "deploys",
])("%s is the id of no channel", (raw) => {
  expect(parseChannelId(raw)).toEqual(refused({ reason: "channel_malformed" }));
});
